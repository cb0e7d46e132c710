module harness/go-programs

go 1.19
