//go:build !failpoints

package main

// checkpoint returns what is told where a turn is: nobody. The build for fault tests has
// another one.
func checkpoint() func(name string) { return nil }
