package chatlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// mongoDetails is a project's document. It stays JSON text, because its custom fields may
// have names that no document may have; the summary beside it is for people who look.
type mongoDetails struct {
	ProjectID string `bson:"_id"`
	Revision  int64  `bson:"revision"`
	UpdatedAt int64  `bson:"updatedAt"` // microseconds since 1970
	Summary   string `bson:"summary"`
	Document  string `bson:"document"`
}

func (d mongoDetails) read() (Document, error) {
	out := Document{ProjectID: d.ProjectID, Revision: d.Revision, UpdatedAt: time.UnixMicro(d.UpdatedAt).UTC()}
	if err := json.Unmarshal([]byte(d.Document), &out.Project); err != nil {
		return Document{}, fmt.Errorf("read the details of project %s: %w", d.ProjectID, err)
	}
	return out, nil
}

// GetDetails returns the project's document; see Details.
func (m *Mongo) GetDetails(ctx context.Context, projectID string) (Document, error) {
	var found mongoDetails
	err := m.details.FindOne(ctx, bson.D{{Key: "_id", Value: projectID}}).Decode(&found)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return Document{}, fmt.Errorf("details of project %s: %w", projectID, ErrNotFound)
	case err != nil:
		return Document{}, fmt.Errorf("get the details of project %s: %w", projectID, err)
	}
	return found.read()
}

// FindDetails returns all documents; see Details.
func (m *Mongo) FindDetails(ctx context.Context) ([]Document, error) {
	cursor, err := m.details.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, fmt.Errorf("find project details: %w", err)
	}
	var found []mongoDetails
	if err := cursor.All(ctx, &found); err != nil {
		return nil, fmt.Errorf("find project details: %w", err)
	}
	var all []Document
	for _, one := range found {
		d, err := one.read()
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// mostTries is how often a put begins anew when others change the same document.
const mostTries = 5

// PutDetails writes the document; see Details.
func (m *Mongo) PutDetails(ctx context.Context, projectID string, p Project) (bool, error) {
	text, err := encode(p)
	if err != nil {
		return false, fmt.Errorf("write the details of project %s: %w", projectID, err)
	}
	for range mostTries {
		old, err := m.GetDetails(ctx, projectID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return false, err
		}
		if old.Revision > 0 {
			if kept, keptErr := encode(old.Project); keptErr == nil && kept == text {
				return false, nil
			}
		}
		err = m.write(ctx, projectID, old.Revision, p.Summary, text)
		if !errors.Is(err, ErrRevision) {
			return err == nil, err
		}
	}
	return false, fmt.Errorf("details of project %s: %w", projectID, ErrRevision)
}

// PatchDetails changes some fields of the document; see Details.
func (m *Mongo) PatchDetails(ctx context.Context, projectID string, revision int64, patch json.RawMessage) (Document, error) {
	p, text, err := patchedFrom(ctx, m, projectID, revision, patch)
	if err != nil {
		return Document{}, err
	}
	if err := m.write(ctx, projectID, revision, p.Summary, text); err != nil {
		return Document{}, err
	}
	return m.GetDetails(ctx, projectID)
}

// write replaces the document of the revision, or makes the first one; ErrRevision when
// somebody else was faster.
func (m *Mongo) write(ctx context.Context, projectID string, revision int64, summary, text string) error {
	document := mongoDetails{ProjectID: projectID, Revision: revision + 1, UpdatedAt: m.now().UnixMicro(), Summary: clean(summary), Document: text}
	var err error
	if revision == 0 {
		_, err = m.details.InsertOne(ctx, document)
	} else {
		err = m.details.FindOneAndReplace(ctx, bson.D{{Key: "_id", Value: projectID}, {Key: "revision", Value: revision}}, document).Err()
	}
	switch {
	case mongo.IsDuplicateKeyError(err), errors.Is(err, mongo.ErrNoDocuments):
		return fmt.Errorf("details of project %s: %w", projectID, ErrRevision)
	case err != nil:
		return fmt.Errorf("write the details of project %s: %w", projectID, err)
	}
	return nil
}
