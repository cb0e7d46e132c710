module harness/go-programs/ecosystem

go 1.19

require (
	golang.org/x/sync v0.11.0
	harness/go-programs v0.0.0
)

replace harness/go-programs => ../
