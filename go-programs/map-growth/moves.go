package main

import (
	"sort"
	"strconv"

	"harness/go-programs/probe"
)

const (
	movedKeys, movedFrom = 2000, 256
	movedFills           = 5
	longKey              = 256 << 10
)

// moves finds what share of its entries a map moves in one insert at most. An entry that moves is
// hashed once more, and the keys are so long that next to nothing takes time but hashing them. The
// best of several fills counts, for each size: what the machine does comes at other sizes each time.
func moves(p *probe.Probe) {
	rng := p.Rand()
	letters := make([]byte, longKey+movedKeys)
	for i := range letters {
		letters[i] = byte(rng.Uint64())
	}
	text := string(letters)
	best := make([]int64, movedKeys)
	var m map[string]int
	for fill := 0; fill < movedFills; fill++ {
		m = make(map[string]int)
		for size := range best {
			start := probe.Now()
			m[text[size:size+longKey]] = size
			if took := probe.Now() - start; fill == 0 || took < best[size] {
				best[size] = took
			}
		}
	}
	p.Value("moved-at-once", probe.One, movedAtOnce(best, movedFrom))
	p.Check(strconv.Itoa(len(m)))
}

// movedAtOnce tells from the time of each insert how much of the map the dearest one moved. Most
// inserts move nothing, so the one in the middle is the time of a hash.
func movedAtOnce(times []int64, from int) float64 {
	sorted := append([]int64(nil), times...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	hash := float64(sorted[len(sorted)/2])
	most := 0.0
	for size := from; size < len(times); size++ {
		if share := (float64(times[size])/hash - 1) / float64(size); share > most {
			most = share
		}
	}
	return most
}
