// Http-connection-memory opens connections to an HTTP server of the same process, sends a request
// over each, and reads what memory the idle connections keep. It needs Linux.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"harness/go-programs/probe"
)

// steps is at how many numbers of connections memory is read, so that the cost of one is a slope.
const steps = 5

func main() {
	p := probe.New("http-connection-memory")
	connections := p.Int("connections", 2000, "connections in all")
	p.Case("idle", "memory of connections that wait for the next request", func() { idle(p, *connections) })
	p.Main()
}

func idle(p *probe.Probe, connections int) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fatal("listen", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, "ok"); err != nil {
			fatal("respond", err)
		}
	})}
	go func() { fatal("serve", server.Serve(listener)) }()
	port := listener.Addr().(*net.TCPAddr).Port
	answered := 0
	base := runtime.NumGoroutine()
	for step := 0; step < steps; step++ {
		for ; answered < connections*(step+1)/steps; answered++ {
			if err := request(port); err != nil {
				fatal("ask for a page", err)
			}
		}
		settle()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		rss, ok := probe.ProcStatus("VmRSS")
		if !ok {
			fatal("read the resident memory", os.ErrNotExist)
		}
		at := float64(answered)
		p.SampleAt("stack-inuse", probe.Bytes, probe.Measure, 1, float64(stats.StackInuse), at)
		p.SampleAt("heap-inuse", probe.Bytes, probe.Measure, 1, float64(stats.HeapInuse), at)
		p.SampleAt("rss", probe.Bytes, probe.Measure, 1, float64(rss), at)
	}
	p.Outcome("a-goroutine-for-each", runtime.NumGoroutine()-base == connections)
	p.Check(strconv.Itoa(answered))
}

// settle lets the server finish what it has to do after a response, and the collector shrink what it can.
func settle() {
	time.Sleep(20 * time.Millisecond)
	for i := 0; i < 4; i++ {
		runtime.GC()
	}
	debug.FreeOSMemory()
}

// request opens a connection by bare system calls, which leave nothing in the heap, sends a request and
// waits for the answer. The connection stays open.
func request(port int) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	if _, err := syscall.Write(fd, []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
		return err
	}
	var answer []byte
	buffer := make([]byte, 1024)
	for !bytes.HasSuffix(answer, []byte("\r\n\r\nok")) {
		n, err := syscall.Read(fd, buffer)
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrUnexpectedEOF
		}
		answer = append(answer, buffer[:n]...)
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 200")) {
		return fmt.Errorf("the server said %.40q", answer)
	}
	return nil
}

// fatal ends the process: without done, the invocation counts as failed.
func fatal(doing string, err error) {
	fmt.Fprintf(os.Stderr, "http-connection-memory: %s: %v\n", doing, err)
	os.Exit(1)
}
