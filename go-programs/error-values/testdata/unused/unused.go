// Package example gives an error a name and does not look at it.
package example

type failure struct{}

func (failure) Error() string { return "not there" }

func value() (int, error) { return 0, failure{} }

func unused() int {
	n, err := value()
	return n
}
