package admin

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// FuzzUpload has any bytes be an upload: they are files with plain names, or the caller's
// mistake.
func FuzzUpload(f *testing.F) {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, name := range []string{"people.csv", "../a/skills.csv", `c:\roles.csv`, "dir/", "x.txt"} {
		out, err := w.Create(name)
		if err != nil {
			f.Fatal(err)
		}
		_, _ = out.Write([]byte("name\nx\n"))
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add("application/zip", packed.Bytes())
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"people.csv\"\r\n\r\nname,email\r\n--b--\r\n"))
	f.Add("multipart/form-data; boundary=", []byte("----"))
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		files, err := unpack(kind, body)
		if err != nil {
			var known huma.StatusError
			if !errors.As(err, &known) || known.GetStatus() >= 500 {
				t.Fatalf("%v", err)
			}
			return
		}
		entries, err := fs.ReadDir(files, ".")
		if err != nil {
			t.Fatalf("what was gathered cannot be listed: %v", err)
		}
		for _, e := range entries {
			if e.IsDir() {
				t.Fatalf("%q is a folder", e.Name())
			}
			if _, err := fs.ReadFile(files, e.Name()); err != nil {
				t.Fatalf("%q: %v", e.Name(), err)
			}
		}
	})
}
