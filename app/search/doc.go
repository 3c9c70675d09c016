// Package search holds the rules of looking for words in titles and messages:
// how a question is read, and how what was found is shown. It imports app and
// app/rule, and knows neither HTTP nor SQL.
package search
