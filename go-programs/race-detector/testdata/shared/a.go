package example

func shared(p *int) { *p++ }
