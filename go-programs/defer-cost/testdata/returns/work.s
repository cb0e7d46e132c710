// That this file exists lets a function be declared without a body; nothing is linked.
