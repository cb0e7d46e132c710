package rare

import (
	"sync"
	"testing"
)

var runs int

// TestRare takes the racy path once in fifty times, as under a load that is seldom there.
func TestRare(t *testing.T) {
	runs++
	if runs%50 != 0 {
		return
	}
	n := 0
	var wg sync.WaitGroup
	wg.Add(2)
	for i := 0; i < 2; i++ {
		go func() {
			defer wg.Done()
			n++
		}()
	}
	wg.Wait()
}
