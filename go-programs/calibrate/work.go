package main

// What is timed, by the probe and by `go test -bench` alike. Each does its operation n times.

// unroll is how many operations a pass of the loops of adds and muls holds. The counter and the
// branch run beside the chain; unrolled they are below 1 % even where they do not.
const unroll = 48

// adds is a chain of n additions (rounded up to whole passes), each of which needs the result of the
// one before: Narayana's cows, s(n) = s(n-1) + s(n-3), modulo 2^64. Plainer chains do not survive a
// compiler: a sum of one addend becomes a multiplication, and of Fibonacci's sequence Go does two
// steps in one instruction, a + 2b.
func adds(n uint64) uint64 {
	a, b, c := uint64(1), uint64(1), uint64(1)
	for done := uint64(0); done < n; done += unroll {
		a, b, c = add12(a, b, c)
		a, b, c = add12(a, b, c)
		a, b, c = add12(a, b, c)
		a, b, c = add12(a, b, c)
	}
	return a ^ b ^ c
}

// add12 is inlined.
func add12(a, b, c uint64) (uint64, uint64, uint64) {
	a += c
	b += a
	c += b
	a += c
	b += a
	c += b
	a += c
	b += a
	c += b
	a += c
	b += a
	c += b
	return a, b, c
}

// muls is adds with multiplications; odd factors keep it from ending in zeros.
func muls(n uint64) uint64 {
	a, b, c := uint64(3), uint64(5), uint64(7)
	for done := uint64(0); done < n; done += unroll {
		a, b, c = mul12(a, b, c)
		a, b, c = mul12(a, b, c)
		a, b, c = mul12(a, b, c)
		a, b, c = mul12(a, b, c)
	}
	return a ^ b ^ c
}

// mul12 is inlined.
func mul12(a, b, c uint64) (uint64, uint64, uint64) {
	a *= c
	b *= a
	c *= b
	a *= c
	b *= a
	c *= b
	a *= c
	b *= a
	c *= b
	a *= c
	b *= a
	c *= b
	return a, b, c
}

// mapKeys is a power of two, so that choosing a key costs a mask; the map stays in the first two
// levels of cache.
const mapKeys = 1024

// table is a map and its keys, in an order that is not the map's.
type table struct {
	values map[uint64]uint64
	keys   [mapKeys]uint64
}

func newTable() *table {
	t := &table{values: make(map[uint64]uint64, mapKeys)}
	for i := range t.keys {
		// Distinct, because the factor is odd, and spread over all bits.
		key := uint64(i) * 0x9e3779b97f4a7c15
		t.keys[i] = key
		t.values[key] = uint64(i)
	}
	return t
}

// hits looks up n keys, all of them there, and returns the sum of the values.
func (t *table) hits(n uint64) uint64 {
	var sum uint64
	for i := uint64(0); i < n; i++ {
		sum += t.values[t.keys[i%mapKeys]]
	}
	return sum
}

// echo is a goroutine that sends back what it gets, plus one, over channels without a buffer.
type echo struct{ to, fro chan uint64 }

func newEcho() echo {
	e := echo{make(chan uint64), make(chan uint64)}
	go func() {
		for v := range e.to {
			e.fro <- v + 1
		}
	}()
	return e
}

// trips sends n values to and fro, one at a time, and returns how often one came back.
func (e echo) trips(n uint64) uint64 {
	var v uint64
	for i := uint64(0); i < n; i++ {
		e.to <- v
		v = <-e.fro
	}
	return v
}

// end stops the goroutine.
func (e echo) end() { close(e.to) }
