package stack

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSweepTakesDataAtOnceAndLogsAfterADay(t *testing.T) {
	run := t.TempDir()
	dir := filepath.Join(run, "dead")
	fill(t, dir, "logs/kafka-1.log", "kafka-1/data/00.log", stateName, lockName)
	fill(t, filepath.Join(run, "kept"), keepName, "kafka-1/data/00.log")
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := sweep(run, info.ModTime().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	assertExists(t, filepath.Join(dir, "logs/kafka-1.log"), true)
	assertExists(t, filepath.Join(dir, "kafka-1"), false)
	assertExists(t, filepath.Join(run, "kept/kafka-1/data/00.log"), true)
	if err := sweep(run, time.Now().Add(25*time.Hour)); err != nil {
		t.Fatal(err)
	}
	assertExists(t, dir, false)
	assertExists(t, filepath.Join(run, "kept"), true)
}

func TestSweepLeavesALivingStackAlone(t *testing.T) {
	home := home(t.TempDir())
	f, err := openFolder(context.Background(), home, Options{})
	if err != nil {
		t.Fatal(err)
	}
	data := f.path("kafka-1", "data")
	fill(t, data, "00.log")
	if err := sweep(home.run(), time.Now().Add(48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	assertExists(t, filepath.Join(data, "00.log"), true)
	if !ownerLives(f.dir) {
		t.Error("the owner of an open folder counts as dead")
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	assertExists(t, f.dir, false)
}

func TestFolderThatIsNotEmptyIsRefused(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, "letters.txt")
	if _, err := openFolder(context.Background(), home(t.TempDir()), Options{Dir: dir}); err == nil {
		t.Error("a folder with other things in it was taken")
	}
	assertExists(t, filepath.Join(dir, "letters.txt"), true)
}

func TestWaitLockEndsWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	lock, err := tryLock(path)
	if err != nil || lock == nil {
		t.Fatalf("lock = %v, %v", lock, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := waitLock(ctx, path, cancel); err == nil {
		t.Error("a held lock was given")
	}
	lock.release()
	if second, err := waitLock(context.Background(), path, func() { t.Error("waited for a free lock") }); err != nil {
		t.Error(err)
	} else {
		second.release()
	}
}

func fill(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func assertExists(t *testing.T, path string, want bool) {
	t.Helper()
	if got := exists(path); got != want {
		t.Errorf("%s exists: %t, want %t", path, got, want)
	}
}
