package main

import "sync"

// store is a map that goroutines share.
type store interface {
	load(key int) (value int, ok bool)
	put(key, value int)
	remove(key int)
}

type syncMap struct{ m sync.Map }

func (s *syncMap) load(key int) (int, bool) {
	value, ok := s.m.Load(key)
	if !ok {
		return 0, false
	}
	return value.(int), true
}

func (s *syncMap) put(key, value int) { s.m.Store(key, value) }

func (s *syncMap) remove(key int) { s.m.Delete(key) }

type rwMutexMap struct {
	mu sync.RWMutex
	m  map[int]int
}

func (s *rwMutexMap) load(key int) (int, bool) {
	s.mu.RLock()
	value, ok := s.m[key]
	s.mu.RUnlock()
	return value, ok
}

func (s *rwMutexMap) put(key, value int) {
	s.mu.Lock()
	s.m[key] = value
	s.mu.Unlock()
}

func (s *rwMutexMap) remove(key int) {
	s.mu.Lock()
	delete(s.m, key)
	s.mu.Unlock()
}

type mutexMap struct {
	mu sync.Mutex
	m  map[int]int
}

func (s *mutexMap) load(key int) (int, bool) {
	s.mu.Lock()
	value, ok := s.m[key]
	s.mu.Unlock()
	return value, ok
}

func (s *mutexMap) put(key, value int) {
	s.mu.Lock()
	s.m[key] = value
	s.mu.Unlock()
}

func (s *mutexMap) remove(key int) {
	s.mu.Lock()
	delete(s.m, key)
	s.mu.Unlock()
}
