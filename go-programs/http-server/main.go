// Http-server shows what a panic of a handler does to a server, and what a client that goes away does
// to a request.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"time"

	"harness/go-programs/probe"
)

// limit is how long a child may take, and how long a client waits: far longer than either needs.
const limit = 20 * time.Second

func main() {
	p := probe.New("http-server")
	p.Case("middleware", "handlers that panic below a middleware that recovers", func() { middleware(p) })
	p.Case("no-middleware", "handlers that panic with nothing to recover them, in children", func() { noMiddleware(p) })
	p.Case("disconnect", "clients that close their connection while the handler runs", func() { disconnects(p) })
	p.Case("client-errors", "what the client's error is when its context ends", func() { clientErrors(p) })

	p.Case("no-middleware-child", "a handler panics, then another request", func() {
		serveAndAsk(http.HandlerFunc(handle))
	})
	p.Case("goroutine-child", "a goroutine of a handler panics below the middleware, then another request", func() {
		serveAndAsk(recovering(http.HandlerFunc(handle)), "/panic-in-goroutine")
	})
	p.Main()
}

// recovering answers 500 where the handler panics, if the answer has not begun.
func recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				log.Printf("handler panicked: %v\n%s", v, debug.Stack())
				http.Error(w, "internal server error", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func handle(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/panic":
		panic("in a handler")
	case "/panic-late":
		fmt.Fprint(w, "half an answer")
		panic("in a handler")
	case "/panic-flushed":
		fmt.Fprint(w, "half an answer")
		w.(http.Flusher).Flush()
		panic("in a handler")
	case "/panic-in-goroutine":
		go func() { panic("in a goroutine of a handler") }()
		time.Sleep(time.Second)
	default:
		fmt.Fprint(w, "fine")
	}
}

// answer is what a client gets: the status, or 0 where there is none, and what it could read.
type answer struct {
	status int
	body   string
	broken bool
}

func ask(server *httptest.Server, path string) answer {
	client := &http.Client{Timeout: limit, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(server.URL + path)
	if err != nil {
		return answer{broken: true}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, string(body), err != nil}
}

func middleware(p *probe.Probe) {
	log.SetOutput(io.Discard)
	server := httptest.NewServer(recovering(http.HandlerFunc(handle)))
	defer server.Close()
	before := ask(server, "/panic")
	p.Outcome("status-before-writing", before.status)
	p.Outcome("body-before-writing", strings.TrimSpace(before.body))
	late := ask(server, "/panic-late")
	p.Outcome("status-after-writing", late.status)
	p.Outcome("body-after-writing", strings.ReplaceAll(strings.TrimSpace(late.body), "\n", " "))
	p.Outcome("status-after-flushing", ask(server, "/panic-flushed").status)
	p.Outcome("status-of-another-request", ask(server, "/ok").status)
}

// serveAndAsk asks for the paths in turn and for one that is fine, and prints what came.
func serveAndAsk(handler http.Handler, paths ...string) {
	server := httptest.NewServer(handler)
	if len(paths) == 0 {
		paths = []string{"/panic"}
	}
	for _, path := range append(paths, "/ok") {
		a := ask(server, path)
		fmt.Printf("%s: status %d, broken %v\n", path, a.status, a.broken)
	}
}

func noMiddleware(p *probe.Probe) {
	bare := probe.RunChild(limit, nil, "--case=no-middleware-child")
	p.Outcome("fate", bare.Fate())
	p.Outcome("process-survives", bare.Fate() == "finished")
	p.Outcome("connection-is-closed-without-an-answer", strings.Contains(bare.Stdout, "/panic: status 0, broken true"))
	p.Outcome("next-request-is-answered", strings.Contains(bare.Stdout, "/ok: status 200, broken false"))
	p.Outcome("server-logs-the-panic", strings.Contains(bare.Stderr, "http: panic serving"))
	inGoroutine := probe.RunChild(limit, nil, "--case=goroutine-child")
	p.Outcome("fate-of-a-panic-in-a-goroutine-of-the-handler", inGoroutine.Fate())
}
