package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"sync"
	"time"
)

// record is what is kept of a volume, a snapshot or a group of snapshots, beside the folder of its files.
type record struct {
	ID string `json:"id"`
	// Source is the volume or snapshot that it is a copy of.
	Source string `json:"source,omitempty"`
	// Group is the group snapshot that a snapshot was taken in.
	Group string `json:"group,omitempty"`
	// Members are the snapshots of a group.
	Members []string  `json:"members,omitempty"`
	Size    int64     `json:"size"`
	Created time.Time `json:"created"`
}

// store holds `ID.json`, a record, and for volumes and snapshots `ID/`, the files. The record is written last and removed last: what has none
// is not there yet, and is made again by the next attempt under the same name.
type store struct {
	folder string
	// mutex is held by whoever changes the store; copies are made under it too, so that a group is of one moment.
	mutex sync.Mutex
}

func openStore(folder string) (*store, error) {
	return &store{folder: folder}, os.MkdirAll(folder, 0o755)
}

// identify derives an ID from the name that the caller gave: a repeated request finds what the first one made.
func identify(kind, name string) string {
	sum := sha256.Sum256([]byte(name))
	return kind + "-" + hex.EncodeToString(sum[:10])
}

var identifier = regexp.MustCompile(`^(volume|snapshot|group)-[0-9a-f]{20}$`)

// errUnknown says that there is no such record.
var errUnknown = errors.New("there is no such volume or snapshot")

func (s *store) filesOf(id string) string  { return filepath.Join(s.folder, id) }
func (s *store) recordOf(id string) string { return filepath.Join(s.folder, id+".json") }

func (s *store) load(id string) (record, error) {
	var found record
	if !identifier.MatchString(id) {
		return found, fmt.Errorf("%q: %w", id, errUnknown)
	}
	content, err := os.ReadFile(s.recordOf(id))
	if errors.Is(err, fs.ErrNotExist) {
		return found, fmt.Errorf("%s: %w", id, errUnknown)
	}
	if err != nil {
		return found, err
	}
	return found, json.Unmarshal(content, &found)
}

func (s *store) save(new record) error {
	content, err := json.Marshal(new)
	if err != nil {
		return err
	}
	unfinished := s.recordOf(new.ID) + ".unfinished"
	if err := os.WriteFile(unfinished, content, 0o600); err != nil {
		return err
	}
	return os.Rename(unfinished, s.recordOf(new.ID))
}

// create makes the folder of a new record, empty or as a copy of its source, and then the record.
func (s *store) create(ctx context.Context, new record) error {
	files := s.filesOf(new.ID)
	if err := os.RemoveAll(files); err != nil {
		return err
	}
	if new.Source == "" {
		if err := os.Mkdir(files, 0o777); err != nil {
			return err
		}
		// Whatever user a pod has may write, as with a fresh file system that the kubelet gives to a group.
		if err := os.Chmod(files, 0o777); err != nil {
			return err
		}
		return s.save(new)
	}
	copied := exec.CommandContext(ctx, "cp", "--archive", "--reflink=auto", s.filesOf(new.Source), files)
	if output, err := copied.CombinedOutput(); err != nil {
		return fmt.Errorf("the files of %s could not be copied: %w: %s", new.Source, err, output)
	}
	return s.save(new)
}

// remove forgets a record and its files; what is not there is removed already.
func (s *store) remove(id string) error {
	if !identifier.MatchString(id) {
		return nil
	}
	if err := os.RemoveAll(s.filesOf(id)); err != nil {
		return err
	}
	if err := os.Remove(s.recordOf(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// list gives all records of a kind, ordered by ID.
func (s *store) list(kind string) ([]record, error) {
	paths, err := filepath.Glob(filepath.Join(s.folder, kind+"-*.json"))
	if err != nil {
		return nil, err
	}
	sort.Strings(paths)
	var found []record
	for _, path := range paths {
		name := filepath.Base(path)
		each, err := s.load(name[:len(name)-len(".json")])
		if errors.Is(err, errUnknown) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, each)
	}
	return found, nil
}
