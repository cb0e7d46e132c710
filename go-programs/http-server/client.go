package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

const (
	// soon is within what time a handler must hear of a client that has gone.
	soon = 5 * time.Second
	// patience is how long nothing must happen to be called nothing.
	patience = 400 * time.Millisecond
	// workers are the goroutines that a handler starts.
	workers = 3
)

func disconnects(p *probe.Probe) {
	get := "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
	post := "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n0123456789"
	seen := disconnect(get, true, soon)
	p.Outcome("get-cancelled", seen.cancelled)
	p.Outcome("get-error", fmt.Sprint(seen.err))
	p.Outcome("get-workers-stopped", seen.stopped)
	p.Outcome("get-derived-context-cancelled", seen.derived)
	seen = disconnect(post, true, soon)
	p.Outcome("post-with-its-body-read-cancelled", seen.cancelled)
	seen = disconnect(post, false, patience)
	p.Outcome("post-with-its-body-unread-cancelled", seen.cancelled)
	p.Outcome("cancelled-while-the-client-waits", stays(get))
}

// report is what a handler saw of its request's context.
type report struct {
	cancelled, derived bool
	err                error
	stopped            int
}

// disconnect sends a request, waits until its handler runs, closes the connection and says what the
// handler saw within the time.
func disconnect(request string, readBody bool, within time.Duration) report {
	running, reports := make(chan struct{}), make(chan report, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if readBody {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		var stopped int32
		gone := make(chan struct{}, workers)
		derived, cancel := context.WithCancel(context.WithValue(r.Context(), workersKey{}, "derived"))
		defer cancel()
		for i := 0; i < workers; i++ {
			go func() {
				<-derived.Done()
				atomic.AddInt32(&stopped, 1)
				gone <- struct{}{}
			}()
		}
		close(running)
		timer := time.NewTimer(within)
		defer timer.Stop()
		seen := report{}
		select {
		case <-r.Context().Done():
			for i := 0; i < workers; i++ {
				<-gone
			}
			seen = report{true, derived.Err() != nil, r.Context().Err(), int(atomic.LoadInt32(&stopped))}
		case <-timer.C:
		}
		reports <- seen
	}))
	defer server.Close()
	connection := dial(server)
	send(connection, request)
	<-running
	connection.Close()
	return <-reports
}

// workersKey is the key of a value in the derived context.
type workersKey struct{}

// stays says whether a request is cancelled although its client waits.
func stays(request string) bool {
	cancelled := make(chan bool, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			cancelled <- true
		case <-time.After(patience):
			cancelled <- false
		}
	}))
	defer server.Close()
	connection := dial(server)
	defer connection.Close()
	send(connection, request)
	return <-cancelled
}

func dial(server *httptest.Server) net.Conn {
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		panic(err)
	}
	return connection
}

func send(connection net.Conn, request string) {
	if _, err := io.WriteString(connection, request); err != nil {
		panic(err)
	}
}

func clientErrors(p *probe.Probe) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)

	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := do(ctx, server.URL)
	p.Outcome("timeout-is-deadline-exceeded", errors.Is(err, context.DeadlineExceeded))
	p.Outcome("timeout-is-cancelled", errors.Is(err, context.Canceled))
	p.Outcome("timeout-equals-deadline-exceeded", err == context.DeadlineExceeded)

	ctx, cancel = context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	err = do(ctx, server.URL)
	p.Outcome("cancel-is-cancelled", errors.Is(err, context.Canceled))
	p.Outcome("cancel-is-deadline-exceeded", errors.Is(err, context.DeadlineExceeded))
	p.Outcome("cancel-equals-cancelled", err == context.Canceled)

	err = do(context.Background(), "http://127.0.0.1:1/")
	p.Outcome("refused-is-either", errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
	p.Outcome("refused-is-an-error", err != nil)
}

func do(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		panic(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		response.Body.Close()
	}
	return err
}
