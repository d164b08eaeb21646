// Package tools is what a model may call. Each tool is one file: its arguments, its
// result, how the result is shown, and the call. Arguments are the user's words; the
// server turns them into people, days and numbers. No tool writes: a propose tool
// draws a card, and only a click on it, outside of this package, commits.
//
// To add a tool, write a file that declares its arguments as a struct, its result as a
// small struct with a View method and a constructor that ends in define(…), give it a
// test, and add one line to All.
package tools
