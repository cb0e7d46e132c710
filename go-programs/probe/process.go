package probe

import (
	"os"
	"strconv"
	"strings"
)

// ProcStatus returns a number of /proc/self/status: sizes (VmRSS, VmHWM, VmSize) in bytes, counts
// (Threads) as they are. ok is false where the system does not have it.
func ProcStatus(field string) (value int64, ok bool) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	return statusField(string(text), field)
}

func statusField(text, field string) (int64, bool) {
	for _, line := range strings.Split(text, "\n") {
		name, rest, found := strings.Cut(line, ":")
		if !found || name != field {
			continue
		}
		words := strings.Fields(rest)
		if len(words) == 0 {
			return 0, false
		}
		n, err := strconv.ParseInt(words[0], 10, 64)
		if err != nil {
			return 0, false
		}
		if len(words) == 2 && words[1] == "kB" {
			n *= 1024
		}
		return n, true
	}
	return 0, false
}
