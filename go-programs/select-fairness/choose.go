package main

// The choosers: the cases of a select are fixed in the source, so there is one for each number.

func chooserOf(ready int) func() int {
	switch ready {
	case 2:
		return chooseOfTwo()
	case 8:
		return chooseOfEight()
	default:
		return chooseOfFour()
	}
}

func chooseOfTwo() func() int {
	a, b := closed(), closed()
	return func() int {
		select {
		case <-a:
			return 0
		case <-b:
			return 1
		}
	}
}

func chooseOfFour() func() int {
	a, b, c, d := closed(), closed(), closed(), closed()
	return func() int { return ofFour(a, b, c, d) }
}

// chooseSome has two channels that are never ready. They are not nil: the runtime looks at them.
func chooseSome() func() int {
	a, b, c, d := closed(), closed(), make(chan int), make(chan int)
	return func() int { return ofFour(a, b, c, d) }
}

func ofFour(a, b, c, d <-chan int) int {
	select {
	case <-a:
		return 0
	case <-b:
		return 1
	case <-c:
		return 2
	case <-d:
		return 3
	}
}

func chooseOfEight() func() int {
	a, b, c, d := closed(), closed(), closed(), closed()
	e, f, g, h := closed(), closed(), closed(), closed()
	return func() int {
		select {
		case <-a:
			return 0
		case <-b:
			return 1
		case <-c:
			return 2
		case <-d:
			return 3
		case <-e:
			return 4
		case <-f:
			return 5
		case <-g:
			return 6
		case <-h:
			return 7
		}
	}
}

// chooseSend has room in each of four channels, and makes it again after each send.
func chooseSend() func() int {
	a, b, c, d := make(chan int, 1), make(chan int, 1), make(chan int, 1), make(chan int, 1)
	return func() int {
		select {
		case a <- 0:
			return <-a
		case b <- 1:
			return <-b
		case c <- 2:
			return <-c
		case d <- 3:
			return <-d
		}
	}
}
