package admin

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/transfer"
)

const (
	importPath = apiPath + "/import"
	exportPath = apiPath + "/export"
	mostImport = 32 << 20
	// transferTime is how long a whole company may take to come in or go out.
	transferTime = 5 * time.Minute
	// mostProblems is how many problems are listed; whoever has more repairs these first.
	mostProblems = 1000
)

// mostOf is how large the body of a request may be.
func mostOf(r *http.Request) int64 {
	if r.URL.Path == importPath {
		return mostImport
	}
	return mostBody
}

// transfers brings a company in and out, one at a time: each holds all of it in memory.
type transfers struct {
	*registrar

	slot chan struct{}
}

func addTransfers(r *registrar) {
	t := &transfers{registrar: r, slot: make(chan struct{}, 1)}
	t.addImport()
	t.addExport()
}

func (t *transfers) operation(method, path, id, summary string, statuses ...int) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"transfer"},
		Security: []map[string][]string{{"bearer": {}}, {"cookie": {}}}, MaxBodyBytes: mostImport, BodyReadTimeout: transferTime,
		Errors: append(statuses, http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusServiceUnavailable),
		// The body is read by one request at a time, and only of somebody who may send it.
		Middlewares: huma.Middlewares{t.guard(store.Admin), t.alone},
	}
}

// alone refuses a request while another one is at work. Who reads an archive slowly does not
// keep the others out for ever.
func (t *transfers) alone(ctx huma.Context, next func(huma.Context)) {
	select {
	case t.slot <- struct{}{}:
		defer func() { <-t.slot }()
		_, w := humachi.Unwrap(ctx)
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(2 * transferTime)); err != nil {
			t.Logger.WarnContext(ctx.Context(), "a transfer has no time limit", "error", err)
		}
		next(ctx)
	default:
		ctx.SetHeader("Retry-After", "10")
		t.refuse(ctx, http.StatusServiceUnavailable, "Another import or export is under way. Please try again when it has ended.")
	}
}

// importInput is the files of a company.
type importInput struct {
	DryRun      bool   `query:"dry_run" doc:"Only check the files, and say what would be written."`
	ContentType string `header:"Content-Type" maxLength:"500" hidden:"true"`
	RawBody     []byte `contentType:"application/zip"`
}

// importReport is what came of them.
type importReport struct {
	Body struct {
		Written  bool                  `json:"written" doc:"Whether anything was kept."`
		Files    []transfer.FileReport `json:"files"`
		Problems []importProblem       `json:"problems" doc:"Of a dry run; the first thousand."`
		Count    int                   `json:"problem_count"`
	}
}

// importProblem is one thing that is wrong with a file.
type importProblem struct {
	File    string `json:"file"`
	Line    int    `json:"line" doc:"Of the record's first line; 0 is the file as a whole."`
	Column  string `json:"column" doc:"Empty when it is about the whole record."`
	Value   string `json:"value"`
	Message string `json:"message"`
}

// location is where the problem is, as errors of the API say it.
func (p importProblem) location() string { return fmt.Sprintf("%s:%d:%s", p.File, p.Line, p.Column) }

func (t *transfers) addImport() {
	op := t.operation(http.MethodPost, importPath, "import-company", "Import the CSV files of a company", http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	op.Description = "Takes the files that the export gives, or some of them: a zip archive, or a form with the files in its fields. What is there is updated, what is not is made, what the files do not name stays. " +
		"It is one transaction: when anything is wrong nothing is written, and each problem is an error whose location is FILE:LINE:COLUMN."
	file := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/zip":     {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"files": file}}},
	}}
	op.SkipValidateBody = true
	huma.Register(t.api, op, func(ctx context.Context, in *importInput) (*importReport, error) {
		ctx, cancel := context.WithTimeout(ctx, transferTime)
		defer cancel()
		by, _ := signin.From(ctx)
		out, err := t.bring(ctx, by, in)
		if err != nil {
			return nil, t.problem(ctx, err)
		}
		return out, nil
	})
}

func (t *transfers) bring(ctx context.Context, by signin.Principal, in *importInput) (*importReport, error) {
	files, err := unpack(in.ContentType, in.RawBody)
	if err != nil {
		return nil, err
	}
	out, problems := &importReport{}, []importProblem{}
	details, write := t.details()
	report, err := transfer.Import(ctx, t.Store, files, transfer.Options{
		Details: details, DryRun: in.DryRun, By: actor(by),
		Problem: func(p transfer.Problem) {
			if len(problems) < mostProblems {
				problems = append(problems, importProblem(p))
			}
		},
	})
	isWrong := errors.Is(err, transfer.ErrProblems)
	switch {
	case errors.Is(err, transfer.ErrNoFiles):
		return nil, unprocessable(fieldError("body", "has none of the files that can be imported, such as people.csv", nil))
	case isWrong && !in.DryRun:
		return nil, refused(problems, report.Problems)
	case err != nil && !isWrong:
		return nil, err
	case err == nil && !in.DryRun:
		if err = write(ctx); err != nil {
			t.Logger.ErrorContext(ctx, "imported project details are not all written", "error", err)
			return nil, huma.Error503ServiceUnavailable("The company is imported, but its project details are not all written. Please import it again.")
		}
		out.Body.Written = true
	}
	out.Body.Files, out.Body.Problems, out.Body.Count = report.Files, problems, report.Problems
	if out.Body.Files == nil {
		out.Body.Files = []transfer.FileReport{}
	}
	return out, nil
}

// refused lists what is wrong with the files.
func refused(problems []importProblem, count int) error {
	all := make([]error, 0, len(problems))
	for _, p := range problems {
		all = append(all, fieldError(p.location(), p.Message, p.Value))
	}
	return huma.Error422UnprocessableEntity(fmt.Sprintf("Nothing was imported: the files have %d problems.", count), all...)
}

func (t *transfers) details() (in func(tx *sql.Tx) chatlog.Details, write func(ctx context.Context) error) {
	if t.Import != nil {
		return t.Import()
	}
	aside := transfer.NewAside(t.Details)
	return func(*sql.Tx) chatlog.Details { return aside }, aside.Write
}

// exported is the archive of a company.
type exported struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (t *transfers) addExport() {
	op := t.operation(http.MethodGet, exportPath, "export-company", "Export the company as CSV files")
	op.Description = "A zip archive of the eleven files that the import takes. People who left, and what is theirs, are not in it. Cells are written as they are, not made harmless for spreadsheets."
	op.Responses = map[string]*huma.Response{"200": {Description: "The archive.", Content: map[string]*huma.MediaType{"application/zip": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}}
	huma.Register(t.api, op, func(ctx context.Context, _ *struct{}) (*exported, error) {
		ctx, cancel := context.WithTimeout(ctx, transferTime)
		defer cancel()
		by, _ := signin.From(ctx)
		out, err := t.take(ctx, by)
		if err != nil {
			return nil, t.problem(ctx, err)
		}
		return out, nil
	})
}

// take packs everything before any of it is sent: what goes wrong is then an answer, and
// not an archive that breaks off.
func (t *transfers) take(ctx context.Context, by signin.Principal) (*exported, error) {
	var archive bytes.Buffer
	report, err := transfer.ExportZip(ctx, t.Store, t.Details, &archive)
	if errors.Is(err, transfer.ErrSameName) {
		return nil, huma.Error409Conflict("Two rows of one kind have the same name, so that no import could tell them apart. Rename one of them. (" + err.Error() + ")")
	}
	if err != nil {
		return nil, err
	}
	what, err := json.Marshal(report.Files)
	if err != nil {
		return nil, fmt.Errorf("write the export's entry: %w", err)
	}
	// Who has taken the whole company away is worth an entry, as what is private is.
	err = t.Store.CreateAudit(ctx, &store.Audit{
		Actor: actor(by), Approver: actor(by), Action: "read", Entity: "export", EntityID: store.NewID(), After: json.RawMessage(`{"files":` + string(what) + `}`), Origin: "api",
	})
	name := "rollcall-" + t.Store.Now().Format(time.DateOnly) + ".zip"
	return &exported{Type: "application/zip", Disposition: `attachment; filename="` + name + `"`, Body: archive.Bytes()}, err
}
