// Package controllers turns HTTP and WebSocket into calls of services and
// nouns into answers, one file a noun. A handler parses, calls and answers;
// errors are returned and all end in one handler (errors.go). It may import
// Fiber, contrib/websocket, templ components of views, and app packages; never
// SQL. What it calls it names in small interfaces of its own.
package controllers
