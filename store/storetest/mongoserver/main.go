// Command mongoserver is a MongoDB-compatible server for tests. It listens on the address,
// keeps its data in the folder, prints how to reach it and ends when its input does.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: mongoserver ADDRESS FOLDER")
	}
	if err := serve(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

// serve keeps the data in the folder and serves until the input ends.
func serve(address, dir string) error {
	server, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: address}, Handler: "sqlite", SQLiteURL: "file:" + dir + string(os.PathSeparator),
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // the test ends or closes it
		cancel()
	}()
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	fmt.Fprintln(os.Stdout, server.MongoDBURI())
	return <-done
}
