package chatlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// GetDetails returns the project's document; see Details.
func (s *SQL) GetDetails(ctx context.Context, projectID string) (Document, error) {
	found, err := s.findDetails(ctx, ` WHERE "projectId" = ?`, projectID)
	if err != nil {
		return Document{}, err
	}
	if len(found) == 0 {
		return Document{}, fmt.Errorf("details of project %s: %w", projectID, ErrNotFound)
	}
	return found[0], nil
}

// FindDetails returns all documents; see Details.
func (s *SQL) FindDetails(ctx context.Context) ([]Document, error) {
	return s.findDetails(ctx, ` ORDER BY "projectId"`)
}

func (s *SQL) findDetails(ctx context.Context, tail string, args ...any) (_ []Document, err error) {
	rows, err := s.read.QueryContext(ctx, s.bind(`SELECT "projectId", "revision", "updatedAt", "document" FROM "project_details"`+tail), args...)
	if err != nil {
		return nil, fmt.Errorf("find project details: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []Document
	for rows.Next() {
		var d Document
		var micros int64
		var document []byte
		if err := rows.Scan(&d.ProjectID, &d.Revision, &micros, &document); err != nil {
			return nil, fmt.Errorf("find project details: %w", err)
		}
		d.UpdatedAt = time.UnixMicro(micros).UTC()
		if err := json.Unmarshal(document, &d.Project); err != nil {
			return nil, fmt.Errorf("read the details of project %s: %w", d.ProjectID, err)
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

// PutDetails writes the document; see Details.
func (s *SQL) PutDetails(ctx context.Context, projectID string, p Project) (bool, error) {
	document, err := encode(p)
	if err != nil {
		return false, fmt.Errorf("write the details of project %s: %w", projectID, err)
	}
	old, err := s.findDetails(ctx, ` WHERE "projectId" = ?`, projectID)
	if err != nil {
		return false, err
	}
	if len(old) == 1 {
		if kept, keptErr := encode(old[0].Project); keptErr == nil && kept == document {
			return false, nil
		}
	}
	_, err = s.write.ExecContext(ctx, s.bind(`INSERT INTO "project_details" ("projectId", "updatedAt", "document") VALUES (?, ?, ?)
ON CONFLICT ("projectId") DO UPDATE SET "document" = excluded."document", "updatedAt" = excluded."updatedAt", "revision" = "project_details"."revision" + 1`),
		projectID, s.now().UnixMicro(), document)
	if err != nil {
		return false, fmt.Errorf("write the details of project %s: %w", projectID, err)
	}
	return true, nil
}

// PatchDetails changes some fields of the document; see Details.
func (s *SQL) PatchDetails(ctx context.Context, projectID string, revision int64, patch json.RawMessage) (Document, error) {
	_, document, err := patchedFrom(ctx, s, projectID, revision, patch)
	if err != nil {
		return Document{}, err
	}
	query := `UPDATE "project_details" SET "updatedAt" = ?, "document" = ?, "revision" = "revision" + 1 WHERE "projectId" = ? AND "revision" = ?`
	if revision == 0 {
		query = `INSERT INTO "project_details" ("updatedAt", "document", "projectId", "revision") VALUES (?, ?, ?, ? + 1) ON CONFLICT DO NOTHING`
	}
	result, err := s.write.ExecContext(ctx, s.bind(query), s.now().UnixMicro(), document, projectID, revision)
	if err != nil {
		return Document{}, fmt.Errorf("write the details of project %s: %w", projectID, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return Document{}, fmt.Errorf("details of project %s: %w", projectID, errors.Join(ErrRevision, err))
	}
	return s.GetDetails(ctx, projectID)
}
