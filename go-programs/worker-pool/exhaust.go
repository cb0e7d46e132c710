package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"harness/go-programs/probe"
)

// each runs tasks in goroutines: one for each task where workers is 0, else a pool.
func each(tasks, workers int, do func()) {
	var running sync.WaitGroup
	if workers == 0 {
		running.Add(tasks)
		for i := 0; i < tasks; i++ {
			go func() {
				defer running.Done()
				do()
			}()
		}
		running.Wait()
		return
	}
	queue := make(chan struct{})
	running.Add(workers)
	for i := 0; i < workers; i++ {
		go func() {
			defer running.Done()
			for range queue {
				do()
			}
		}()
	}
	for i := 0; i < tasks; i++ {
		queue <- struct{}{}
	}
	close(queue)
	running.Wait()
}

func descriptors(p *probe.Probe) {
	const tasks, workers, allowed = 500, 8, 64
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	limit.Cur = allowed
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	for _, run := range []struct {
		name    string
		workers int
	}{{"goroutine-per-task", 0}, {"pool", workers}} {
		var failed int64
		var tried sync.WaitGroup
		tried.Add(tasks)
		each(tasks, run.workers, func() {
			file, err := os.Open(os.DevNull)
			tried.Done()
			if err != nil {
				if errors.Is(err, syscall.EMFILE) {
					atomic.AddInt64(&failed, 1)
				}
				return
			}
			if run.workers == 0 {
				tried.Wait()
			}
			file.Close()
		})
		p.Outcome("out-of-descriptors-"+run.name, failed > 0)
	}
}

// server is a database that takes so many connections and refuses more.
type server struct {
	mu       sync.Mutex
	open     int
	refused  int
	allowed  int
	answered int64
	// answers is closed when queries may end.
	answers chan struct{}
}

var errTooMany = errors.New("too many connections")

func (s *server) Open(string) (driver.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == s.allowed {
		s.refused++
		return nil, errTooMany
	}
	s.open++
	return &connection{s}, nil
}

func (s *server) Connect(context.Context) (driver.Conn, error) { return s.Open("") }
func (s *server) Driver() driver.Driver                        { return s }

type connection struct{ server *server }

func (c *connection) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrSkip }
func (c *connection) Begin() (driver.Tx, error)           { return nil, driver.ErrSkip }

func (c *connection) Close() error {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.open--
	return nil
}

func (c *connection) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	<-c.server.answers
	atomic.AddInt64(&c.server.answered, 1)
	return driver.ResultNoRows, nil
}

func (s *server) hasRefused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused > 0
}

// connections holds the first queries back until something runs out, for as long as it may take.
func connections(p *probe.Probe) {
	const tasks, allowed, most = 20000, 100, 50
	for _, run := range []struct {
		name           string
		workers, limit int
		within         time.Duration
	}{
		{"goroutine-per-task", 0, 0, patience},
		{"goroutine-per-task-limited", 0, most, patience},
		{"pool", most, most, blocked},
	} {
		database := &server{allowed: allowed, answers: make(chan struct{})}
		db := sql.OpenDB(database)
		db.SetMaxOpenConns(run.limit)
		db.SetMaxIdleConns(most)
		go func() {
			eventually(run.within, func() bool { return database.hasRefused() || db.Stats().WaitCount > 0 })
			close(database.answers)
		}()
		each(tasks, run.workers, func() {
			// A refusal is counted by the server.
			_, _ = db.Exec("select 1")
		})
		p.Outcome("server-refuses-"+run.name, database.hasRefused())
		p.Outcome("tasks-wait-for-a-connection-"+run.name, db.Stats().WaitCount > 0)
		p.Outcome("all-answered-"+run.name, database.answered == tasks)
		db.Close()
	}
}

// memory has tasks fill a buffer each and wait for one another where each has a goroutine.
func memory(p *probe.Probe, bound string) {
	const tasks, workers, size = 8000, 8, 16 << 10
	pool := workers
	if bound == "goroutine-per-task" {
		pool = 0
	}
	var started sync.WaitGroup
	started.Add(tasks)
	each(tasks, pool, func() {
		buffer := probe.Opaque(make([]byte, size))
		for i := 0; i < size; i += 1024 {
			buffer[i] = 1
		}
		started.Done()
		if pool == 0 {
			started.Wait()
		}
		probe.Keep(buffer)
	})
}

// memoryLimit runs the same tasks in children that may have less memory than all tasks need together, and
// in one that may have more. How a process dies for want of memory differs: mostly the runtime says so, but
// where its collector gets none it can die by a fault instead. So what counts is that it dies, and that it
// would not with more.
func memoryLimit(p *probe.Probe) {
	for _, bound := range []string{"goroutine-per-task", "pool"} {
		child := probe.RunChild(patience, nil, "--case=child-memory", "--bound="+bound)
		fate := child.Fate()
		p.Outcome("dies-in-little-memory-"+bound, fate != "finished" && !child.TimedOut)
		p.Outcome("fate-in-little-memory-"+bound, fate)
	}
	child := probe.RunChild(patience, nil, "--case=memory", "--bound=goroutine-per-task")
	p.Outcome("fate-in-enough-memory-goroutine-per-task", child.Fate())
}

// memoryCapped is memory under a cap of the kernel. The runtime's own structures count as well, and
// RLIMIT_AS would not do: a reservation counts there.
func memoryCapped(p *probe.Probe, bound string) {
	const allowed = 112 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: allowed, Max: allowed}); err != nil {
		panic(err)
	}
	memory(p, bound)
}
