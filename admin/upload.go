package admin

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const (
	// mostUnpacked is how much the files of an upload may be, however small they were packed.
	mostUnpacked = 64 << 20
	mostFiles    = 100
)

// upload gathers files by their names alone: nothing is written anywhere, and a path that an
// archive or a form names leads nowhere.
type upload struct {
	archive *zip.Writer
	size    int64
	names   map[string]bool
}

// unpack reads the files of a request's body, an archive or a form.
func unpack(contentType string, body []byte) (fs.FS, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = ""
	}
	var packed bytes.Buffer
	u := &upload{archive: zip.NewWriter(&packed), names: map[string]bool{}}
	switch kind {
	case "multipart/form-data":
		if !bytes.Contains(body, []byte("--"+params["boundary"]+"--")) { // it was cut: some files would silently be missing
			return nil, errUnreadable
		}
		err = u.form(multipart.NewReader(bytes.NewReader(body), params["boundary"]))
	case "application/zip", "application/x-zip-compressed", "application/octet-stream":
		err = u.zip(body)
	default:
		return nil, huma.Error415UnsupportedMediaType("Send a zip archive as application/zip, or files as multipart/form-data.")
	}
	if err == nil {
		err = u.archive.Close()
	}
	if err != nil {
		return nil, err
	}
	files, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		return nil, fmt.Errorf("read what was uploaded: %w", err)
	}
	return files, nil
}

var errUnreadable = huma.Error400BadRequest("The body cannot be read: it is damaged, or not what its content type says.")

func (u *upload) form(parts *multipart.Reader) error {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errUnreadable
		}
		name := part.FileName()
		if name == "" {
			continue
		}
		if strings.HasSuffix(strings.ToLower(name), ".zip") {
			text, err := io.ReadAll(part) // of a body whose size is limited
			if err != nil {
				return errUnreadable
			}
			if err := u.zip(text); err != nil {
				return err
			}
			continue
		}
		if err := u.add(name, part); err != nil {
			return err
		}
	}
}

func (u *upload) zip(body []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // paths are not used
		return errUnreadable
	}
	for _, f := range archive.File {
		if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue
		}
		if err := u.addPacked(f); err != nil {
			return err
		}
	}
	return nil
}

func (u *upload) addPacked(f *zip.File) error {
	in, err := f.Open()
	if err != nil {
		return errUnreadable
	}
	defer func() { _ = in.Close() }()
	return u.add(f.Name, in)
}

// add keeps a CSV file; others are passed over, as the command line passes over them.
func (u *upload) add(name string, in io.Reader) error {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/"))
	switch {
	case !strings.HasSuffix(strings.ToLower(name), ".csv") || strings.HasPrefix(name, "."):
		return nil
	case u.names[name]:
		return unprocessable(fieldError(name+":0:", "is there twice", nil))
	case len(u.names) >= mostFiles:
		return unprocessable(fieldError("body", "has too many files", nil))
	}
	u.names[name] = true
	out, err := u.archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return errUnreadable
	}
	n, err := io.Copy(out, io.LimitReader(in, mostUnpacked-u.size+1))
	if u.size += n; u.size > mostUnpacked {
		return huma.NewError(http.StatusRequestEntityTooLarge, fmt.Sprintf("The files are more than %d MiB together. Import them with the command line.", mostUnpacked>>20))
	}
	if err != nil {
		return errUnreadable
	}
	return nil
}
