// Package example drops an error in three ways.
package example

type failure struct{}

func (failure) Error() string { return "not there" }

func fails() error { return failure{} }

func value() (int, error) { return 0, failure{} }

func dropped() int {
	fails()
	_ = fails()
	n, _ := value()
	return n
}
