// Command broadcast is the least that Fiber and its sockets need for rooms:
// what one sends goes to all of the room. No accounts, nothing is stored.
package main

import (
	"log"
	"os"
	"runtime/debug"
	"sync"

	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
)

type room struct {
	mu      sync.RWMutex
	sockets map[chan []byte]bool
}

func main() { // broadcast ADDRESS
	var rooms sync.Map
	web := fiber.New(fiber.Config{DisableStartupMessage: true})
	web.Get("/ready", func(*fiber.Ctx) error { debug.FreeOSMemory(); return nil })
	web.Get("/rooms/:id", websocket.New(func(conn *websocket.Conn) {
		found, _ := rooms.LoadOrStore(conn.Params("id"), &room{sockets: map[chan []byte]bool{}})
		found.(*room).serve(conn) //nolint:forcetypeassert // the map has nothing else
	}, websocket.Config{ReadBufferSize: 1024, WriteBufferSize: 1024}))
	log.Fatal(web.Listen(os.Args[1]))
}

func (r *room) serve(conn *websocket.Conn) {
	queue, written := make(chan []byte, 64), make(chan struct{})
	go func() {
		defer close(written)
		for message := range queue {
			_ = conn.WriteMessage(websocket.TextMessage, message)
		}
	}()
	r.mu.Lock()
	r.sockets[queue] = true
	r.mu.Unlock()
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			break
		}
		r.mu.RLock()
		for socket := range r.sockets {
			socket <- message
		}
		r.mu.RUnlock()
	}
	r.mu.Lock()
	delete(r.sockets, queue)
	r.mu.Unlock()
	close(queue)
	<-written
}
