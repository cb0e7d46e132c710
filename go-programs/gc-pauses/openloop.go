package main

// openLoop calls job at fixed times, one every interval nanoseconds after the first reading of now,
// until done. It records how long after its planned start each job ended. A job that starts late
// because the one before was held up counts as late: waiting for the answer before sending the next
// request would hide exactly the stalls that are looked for (coordinated omission).
//
// It polls the clock: Go rounds short sleeps up to about a millisecond. Nothing that is overdue
// when done turns true is left out.
func openLoop(now func() int64, interval int64, done func() bool, job func(), record func(latency int64)) {
	for due := now() + interval; ; due += interval {
		for now() < due {
			if done() {
				return
			}
		}
		job()
		record(now() - due)
	}
}
