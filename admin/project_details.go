package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/chatlog"
)

const detailsEntity = "project_details"

// details are the operations on project details, which are documents.
type details struct {
	*registrar

	schema *huma.Schema
}

// addDetails adds the operations on the details of a project: its summary, tech stack,
// links, contacts, notes, open roles and fields of one's own.
func addDetails(r *registrar) {
	d := &details{registrar: r, schema: r.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[chatlog.Project](), true, "ProjectDetails")}
	get := d.operation(http.MethodGet, "get", "Get the details of a project")
	addOperation(r, get, store.Admin, d.get)
	put := d.operation(http.MethodPut, "put", "Replace the details of a project", http.StatusBadRequest, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	put.RequestBody, put.SkipValidateBody = jsonBody(d.schema), true
	addOperation(r, put, store.Admin, d.put)
	patch := d.operation(http.MethodPatch, "update", "Change the details of a project", http.StatusBadRequest, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	patch.RequestBody, patch.SkipValidateBody = jsonBody(&huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "A JSON merge patch."}), true
	addOperation(r, patch, store.Admin, d.patch)
	del := d.operation(http.MethodDelete, "delete", "Empty the details of a project", http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	del.DefaultStatus = http.StatusNoContent
	addOperation(r, del, store.Admin, d.delete)
}

func (d *details) operation(method, verb, summary string, errors ...int) huma.Operation {
	return huma.Operation{
		OperationID: verb + "-project-details", Method: method, Path: apiPath + "/projects/{id}/details", Summary: summary, Tags: []string{"projects"}, Errors: append(errors, http.StatusNotFound),
	}
}

// document is the answer with a project's details.
type document struct {
	ETag string `header:"ETag" doc:"What to send as If-Match to change these details."`
	Body chatlog.Project
}

func (d *details) get(ctx context.Context, _ signin.Principal, in *RowID) (*document, error) {
	now, err := d.current(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &document{ETag: revision(now), Body: now.Project}, nil
}

// current is the document of a project that exists; one without details has an empty one.
func (d *details) current(ctx context.Context, id string) (chatlog.Document, error) {
	if _, err := d.Store.GetProject(ctx, id); err != nil {
		return chatlog.Document{}, err
	}
	now, err := d.Details.GetDetails(ctx, id)
	if errors.Is(err, chatlog.ErrNotFound) {
		return chatlog.Document{ProjectID: id}, nil
	}
	return now, err
}

// revision is the validator of a document.
func revision(d chatlog.Document) string { return `"r` + strconv.FormatInt(d.Revision, 10) + `"` }

type detailsInput struct {
	RowID

	IfMatch string `header:"If-Match" maxLength:"2000" doc:"The ETag of the details, or *."`
	RawBody []byte `contentType:"application/json"`
}

func (d *details) put(ctx context.Context, by signin.Principal, in *detailsInput) (*document, error) {
	p, err := d.parseDetails(in.RawBody)
	if err != nil {
		return nil, err
	}
	now, err := d.matching(ctx, in.ID, in.IfMatch)
	if err != nil {
		return nil, err
	}
	patch, err := replacing(now.Project, p)
	if err != nil {
		return nil, err
	}
	return d.write(ctx, by, now, patch)
}

func (d *details) patch(ctx context.Context, by signin.Principal, in *detailsInput) (*document, error) {
	if _, err := decode(in.RawBody); err != nil {
		return nil, err
	}
	now, err := d.matching(ctx, in.ID, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return d.write(ctx, by, now, in.RawBody)
}

type emptyInput struct {
	RowID

	IfMatch string `header:"If-Match" maxLength:"2000" doc:"The ETag of the details, or *."`
}

func (d *details) delete(ctx context.Context, by signin.Principal, in *emptyInput) (*struct{}, error) {
	now, err := d.matching(ctx, in.ID, in.IfMatch)
	if err != nil {
		return nil, err
	}
	patch, err := replacing(now.Project, chatlog.Project{})
	if err == nil {
		_, err = d.write(ctx, by, now, patch)
	}
	return nil, err
}

// matching is the document when it is as the caller knows it.
func (d *details) matching(ctx context.Context, id, ifMatch string) (chatlog.Document, error) {
	now, err := d.current(ctx, id)
	if err != nil {
		return now, err
	}
	if strings.TrimSpace(ifMatch) == "" {
		return now, huma.NewError(http.StatusPreconditionRequired, "Send the ETag of the details as If-Match, or * to change them whatever they are now.")
	}
	for tag := range strings.SplitSeq(ifMatch, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || tag == revision(now) {
			return now, nil
		}
	}
	return now, store.ErrStale
}

// write changes the document and leaves an entry. Should the process die in between, the
// change stays and its entry is missing: documents may live on another server, and no
// transaction spans both.
func (d *details) write(ctx context.Context, by signin.Principal, now chatlog.Document, patch json.RawMessage) (*document, error) {
	made, err := d.Details.PatchDetails(ctx, now.ProjectID, now.Revision, patch)
	switch {
	case errors.Is(err, chatlog.ErrRevision):
		return nil, store.ErrStale
	case errors.Is(err, chatlog.ErrInvalid):
		return nil, unprocessable(fieldError("body", detailsWords(err), nil))
	case err != nil:
		return nil, err
	}
	before, err := json.Marshal(now.Project)
	if err != nil {
		return nil, fmt.Errorf("write project details: %w", err)
	}
	after, err := json.Marshal(made.Project)
	if err != nil {
		return nil, fmt.Errorf("write project details: %w", err)
	}
	err = audit(ctx, d.Store, by, store.Edit{Entity: detailsEntity, ID: now.ProjectID, Before: before, After: after})
	return &document{ETag: revision(made), Body: made.Project}, err
}

func (d *details) parseDetails(raw []byte) (chatlog.Project, error) {
	fields, err := decode(raw)
	if err == nil {
		err = d.check(fields, d.schema)
	}
	if err != nil {
		return chatlog.Project{}, err
	}
	p, err := chatlog.ParseProject(raw)
	if err != nil {
		return p, unprocessable(fieldError("body", detailsWords(err), nil))
	}
	return p, nil
}

// detailsWords are the reader's words without the names of types.
func detailsWords(err error) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.ReplaceAll(err.Error(), "json: ", ""), "not valid project details: "), ": "+chatlog.ErrInvalid.Error())
}

// over is a value of a patch: of what goes, nothing; of an object, nothing for each of its
// fields that are not in the new one.
func over(before, v any, gone bool) any {
	fields, isObject := v.(map[string]any)
	switch {
	case gone && isObject:
		for n := range fields {
			fields[n] = nil
		}
		return fields
	case gone:
		return nil
	}
	if old, both := before.(map[string]any); both && isObject {
		for n := range old {
			if _, kept := fields[n]; !kept {
				fields[n] = nil
			}
		}
	}
	return v
}

// replacing is the merge patch that makes one document of another.
func replacing(before, after chatlog.Project) (json.RawMessage, error) {
	patch := map[string]any{}
	for _, side := range []struct {
		p    chatlog.Project
		gone bool
	}{{before, true}, {after, false}} {
		text, err := json.Marshal(side.p)
		if err != nil {
			return nil, fmt.Errorf("write project details: %w", err)
		}
		fields := map[string]any{}
		if err := json.Unmarshal(text, &fields); err != nil {
			return nil, fmt.Errorf("read project details: %w", err)
		}
		for n, v := range fields {
			patch[n] = over(patch[n], v, side.gone)
		}
	}
	return json.Marshal(patch)
}
