package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"harness/go-programs/probe"
)

// blockingRead reads from a named pipe that was opened in blocking mode, so that the runtime's
// poller does not take part, and asks the kernel where the reading thread is.
func blockingRead(p *probe.Probe) {
	folder, err := os.MkdirTemp("", "thread-count")
	if err != nil {
		fatal("make a folder", err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		fatal("make a named pipe", err)
	}
	// Open for both, so that opening does not block.
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		fatal("open the named pipe", err)
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	var reader, returned int64
	done := make(chan struct{})
	go func() {
		// The thread stays the goroutine's, so that it can be found.
		runtime.LockOSThread()
		atomic.StoreInt64(&reader, int64(syscall.Gettid()))
		if _, err := file.Read(make([]byte, 1)); err != nil {
			fatal("read from the named pipe", err)
		}
		atomic.StoreInt64(&returned, 1)
		close(done)
	}()
	time.Sleep(50 * time.Millisecond)
	before := atomic.LoadInt64(&returned)
	call, err := currentCall(atomic.LoadInt64(&reader))
	if err != nil {
		fatal("ask where the thread is", err)
	}
	p.Outcome("thread-stands-in-read", before == 0 && call == syscall.SYS_READ)
	if _, err := syscall.Write(fd, []byte{1}); err != nil {
		fatal("write to the named pipe", err)
	}
	<-done
	p.Outcome("goes-on-after-write", true)
}

// currentCall is the number of the system call in which a thread of this process waits.
func currentCall(thread int64) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/syscall", thread))
	if err != nil {
		return 0, err
	}
	number, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if number == "running" {
		return -1, nil
	}
	return strconv.Atoi(number)
}

const connections = 200

// network reads from connections to which nobody writes.
func network(p *probe.Probe) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fatal("listen", err)
	}
	var clients []net.Conn
	var done sync.WaitGroup
	var got int64
	for i := 0; i < connections; i++ {
		client, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			fatal("connect", err)
		}
		clients = append(clients, client)
		server, err := listener.Accept()
		if err != nil {
			fatal("accept", err)
		}
		done.Add(1)
		go func() {
			n, _ := server.Read(make([]byte, 1))
			atomic.AddInt64(&got, int64(n))
			done.Done()
		}()
	}
	time.Sleep(50 * time.Millisecond)
	p.Outcome("few-threads", threads() <= few)
	for _, client := range clients {
		if _, err := client.Write([]byte{1}); err != nil {
			fatal("write", err)
		}
	}
	done.Wait()
	p.Outcome("all-were-waiting", got == connections)
}
