// Package admin answers administrators with the pages of the console: one file
// a page. Handlers read a form or a query, call the same services as the API,
// and render a page of views. Whoever gets here has been let in by routes. It
// imports Fiber, app packages, controllers, views and public.
package admin
