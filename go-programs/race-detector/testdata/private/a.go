package example

func private(i int) int {
	var a [8]int
	a[i&7] = i
	return a[(i+1)&7]
}
