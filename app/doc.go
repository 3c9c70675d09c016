// Package app holds the nouns of Quillium and its errors: what a chat, a
// message, a member and a user are, and what can go wrong with them. It
// imports the standard library and google/uuid only. Everything else in the
// program points here; nothing here points back.
package app
