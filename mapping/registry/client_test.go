package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"ingest/config/secret"
	"ingest/retry"
)

const pointSchema = `{"type":"record","name":"Point","namespace":"geo","fields":[{"name":"x","type":"int"}]}`

func TestASchemaIsAskedForOnce(t *testing.T) {
	w := newWorld(t, config())
	w.seed("points-value", 1, 7, pointSchema)
	for range 3 {
		s, err := w.client.Schema(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		if s.Shape().Name != "geo.Point" {
			t.Errorf("shape %s, want geo.Point", s.Shape().Name)
		}
	}
	if n := w.asked(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestReferencesAreResolvedInOrderOfNeed(t *testing.T) {
	w := newWorld(t, config())
	w.seed("street", 1, 1, `{"type":"record","name":"Street","namespace":"geo","fields":[{"name":"name","type":"string"}]}`)
	w.seed("address", 3, 2, `{"type":"record","name":"Address","namespace":"geo","fields":[{"name":"street","type":"geo.Street"}]}`,
		sr.SchemaReference{Name: "geo.Street", Subject: "street", Version: 1})
	w.seed("customers-value", 1, 3, `{"type":"record","name":"Customer","fields":[{"name":"home","type":"geo.Address"},{"name":"way","type":"geo.Street"}]}`,
		sr.SchemaReference{Name: "geo.Address", Subject: "address", Version: 3},
		sr.SchemaReference{Name: "geo.Street", Subject: "street", Version: 1})
	s, err := w.client.Schema(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	home := s.Shape().Fields[0].Shape
	if home.Name != "geo.Address" || home.Fields[0].Shape.Name != "geo.Street" {
		t.Errorf("home is %s with %s", home.Name, home.Fields[0].Shape.Name)
	}
	if n := w.asked(); n != 3 {
		t.Errorf("%d requests, want 3: the schema and each reference once", n)
	}
}

// reference answers every question with a schema that refers to the next one.
func reference(next func(n int) int) func(http.ResponseWriter, *http.Request) bool {
	n := 0
	return func(w http.ResponseWriter, _ *http.Request) bool {
		n++
		fmt.Fprintf(w, `{"schema":"\"int\"","references":[{"name":"r","subject":"s","version":%d}]}`, next(n))
		return true
	}
}

// large answers like reference, with 3 MiB of text each time.
func large() func(http.ResponseWriter, *http.Request) bool {
	n := 0
	return func(w http.ResponseWriter, _ *http.Request) bool {
		n++
		fmt.Fprintf(w, `{"schema":"\"%s\"","references":[{"name":"r","subject":"s","version":%d}]}`, strings.Repeat("x", 3<<20), n)
		return true
	}
}

func TestHostileReferencesAreRefused(t *testing.T) {
	cases := []struct {
		name, want string
		answer     func(http.ResponseWriter, *http.Request) bool
	}{
		{"circle", "in a circle", reference(func(n int) int { return n % 3 })},
		{"depth", "more than 32 deep", reference(func(n int) int { return n })},
		{"size", "more than 8388608 bytes", large()},
		{"number", "more than 256 references", func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.URL.Path, "/schemas") {
				fmt.Fprint(w, `{"schema":"\"int\""}`)
				return true
			}
			var refs []string
			for i := range 300 {
				refs = append(refs, fmt.Sprintf(`{"name":"r","subject":"s","version":%d}`, i+1))
			}
			fmt.Fprintf(w, `{"schema":"\"int\"","references":[%s]}`, strings.Join(refs, ","))
			return true
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, config())
			w.answers(c.answer)
			_, err := w.client.Schema(t.Context(), 7)
			if p := wantReason(t, err, retry.ReasonSchema); !strings.Contains(p.Error(), c.want) {
				t.Errorf("error %v, want %q in it", p, c.want)
			}
		})
	}
}

func TestADanglingReferenceIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.answers(func(rw http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/schemas/ids/7" {
				return false
			}
			fmt.Fprint(rw, `{"schema":"\"int\"","references":[{"name":"r","subject":"nowhere","version":1}]}`)
			return true
		})
		_, err := w.client.Schema(t.Context(), 7)
		wantReason(t, err, retry.ReasonUnknownSchema)
	})
}

func TestUnknownIDsAreRememberedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		for range 100 {
			_, err := w.client.Schema(t.Context(), 7)
			wantReason(t, err, retry.ReasonUnknownSchema)
		}
		if n := w.asked(); n != 2 {
			t.Errorf("%d requests, want 2: the question and its confirmation", n)
		}
		w.seed("points-value", 1, 7, pointSchema)
		time.Sleep(31 * time.Second)
		if _, err := w.client.Schema(t.Context(), 7); err != nil {
			t.Errorf("still unknown after 31s: %v", err)
		}
		if len(w.said()) != 0 {
			t.Errorf("said %q about an answer that is an answer", w.said())
		}
	})
}

// A node of the registry may not have yet what its leader just registered.
func TestAFreshIDIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.seed("points-value", 1, 7, pointSchema)
		w.answers(answering(1, 404, `{"error_code":40403,"message":"Schema not found"}`))
		if _, err := w.client.Schema(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
	})
}

// Some registries answer 404 without a code of their own.
func TestABare404OfARegistryThatAnswersIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.answers(func(rw http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/schemas/types" {
				fmt.Fprint(rw, `["AVRO"]`)
				return true
			}
			rw.WriteHeader(http.StatusNotFound)
			return true
		})
		_, err := w.client.Schema(t.Context(), 7)
		wantReason(t, err, retry.ReasonUnknownSchema)
	})
}

func TestNegativeIDsAreNotAskedFor(t *testing.T) {
	w := newWorld(t, config())
	_, err := w.client.Schema(t.Context(), -2)
	wantReason(t, err, retry.ReasonUnknownSchema)
	if n := w.asked(); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

// A hostile producer makes up ids: neither memory nor the registry suffers, and
// a schema that exists is found all the same.
func TestManyMadeUpIDs(t *testing.T) {
	const ids = 5_000
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.seed("points-value", 1, 7, pointSchema)
		w.answers(func(rw http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/schemas/ids/7" {
				return false
			}
			rw.WriteHeader(http.StatusNotFound)
			fmt.Fprint(rw, `{"error_code":40403,"message":"Schema not found"}`)
			return true
		})
		start := time.Now()
		var lanes sync.WaitGroup
		for lane := range int32(100) {
			lanes.Go(func() {
				for i := range int32(ids / 100) {
					_, err := w.client.Schema(t.Context(), 1000+lane*10_000+i)
					if p, ok := errors.AsType[*retry.Poison](err); !ok || p.Reason != retry.ReasonUnknownSchema {
						t.Errorf("error %v, want an unknown schema", err)
					}
				}
			})
		}
		lanes.Wait()
		// Two questions each, of which fifty a second pass, and a hundred at once
		// for each of the lanes' first.
		if rate := float64(w.asked()) / time.Since(start).Seconds(); rate > 2*60 {
			t.Errorf("%.0f requests per second, want at most 120", rate)
		}
		if n := len(w.client.unknown); n > maxUnknown {
			t.Errorf("%d unknown ids are kept, want at most %d", n, maxUnknown)
		}
		if n := len(w.client.flights); n != 0 {
			t.Errorf("%d flights are left", n)
		}
		if _, err := w.client.Schema(t.Context(), 7); err != nil {
			t.Error(err)
		}
	})
}

func TestKnownSchemasAreBounded(t *testing.T) {
	k := known{}
	for id := range int32(2 * maxKnown) {
		k.put(schemaRef{id: id}, &entry{size: 1})
		if _, ok := k[schemaRef{id: id}]; !ok {
			t.Fatalf("the newest, %d, was dropped", id)
		}
	}
	if len(k) != maxKnown {
		t.Errorf("%d schemas, want %d", len(k), maxKnown)
	}
	for id := range int32(100) {
		k.put(schemaRef{id: id}, &entry{size: 1 << 20})
	}
	bytes := 0
	for _, e := range k {
		bytes += e.size
	}
	if bytes > maxKnownBytes {
		t.Errorf("%d bytes, want at most %d", bytes, maxKnownBytes)
	}
}

func TestAHugeAnswerIsRefused(t *testing.T) {
	w := newWorld(t, config())
	w.answers(answering(1, 200, `{"schema":"`+strings.Repeat(" ", maxBody)+`"}`))
	_, err := w.client.Schema(t.Context(), 7)
	if p := wantReason(t, err, retry.ReasonSchema); !errors.Is(p, errTooLarge) {
		t.Errorf("error %v, want errTooLarge", p)
	}
}

func TestAnswersUpToTheBoundAreTaken(t *testing.T) {
	head, tail := `{"schema":"\"int\"`, `"}`
	w := newWorld(t, config())
	w.answers(answering(1, 200, head+strings.Repeat(" ", maxBody-len(head)-len(tail))+tail))
	if _, err := w.client.Schema(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
}

func TestSchemasThatAreNotAvro(t *testing.T) {
	for name, body := range map[string]string{
		"protobuf": `{"schemaType":"PROTOBUF","schema":"syntax = \"proto3\";"}`,
		"broken":   `{"schema":"{\"type\":\"record\"}"}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, config())
			w.answers(answering(1, 200, body))
			_, err := w.client.Schema(t.Context(), 7)
			wantReason(t, err, retry.ReasonSchema)
		})
	}
}

func TestManyLanesAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.seed("points-value", 1, 7, pointSchema)
		w.gate = make(chan struct{})
		var lanes sync.WaitGroup
		for range 50 {
			lanes.Go(func() {
				if _, err := w.client.Schema(t.Context(), 7); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(w.gate)
		lanes.Wait()
		if n := w.asked(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

// Whoever asked first may leave without failing the others; the last who leaves
// ends the question.
func TestLeavingAFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.seed("points-value", 1, 7, pointSchema)
		w.gate = make(chan struct{})
		revoked := errors.New("revoked")
		first, leave := context.WithCancelCause(t.Context())
		ask := func(ctx context.Context) <-chan error {
			result := make(chan error, 1)
			go func() {
				_, err := w.client.Schema(ctx, 7)
				result <- err
			}()
			synctest.Wait()
			return result
		}
		a, b := ask(first), ask(t.Context())
		leave(revoked)
		if err := <-a; !errors.Is(err, revoked) {
			t.Errorf("the first got %v, want its context's cause", err)
		}
		close(w.gate)
		if err := <-b; err != nil {
			t.Errorf("the second got %v", err)
		}

		w.gate = make(chan struct{})
		only, leave := context.WithCancelCause(t.Context())
		w.client.known = known{}
		a = ask(only)
		leave(revoked)
		if err := <-a; !errors.Is(err, revoked) {
			t.Errorf("the only one got %v, want its context's cause", err)
		}
		if n := len(w.client.flights); n != 0 {
			t.Errorf("%d flights are left", n)
		}
	})
}

func TestARotatedPasswordIsTakenUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("old\n")
	cfg := config()
	cfg.Username, cfg.Password = "worker", secret.File(file)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, cfg)
		w.seed("points-value", 1, 7, pointSchema)
		w.answers(func(rw http.ResponseWriter, r *http.Request) bool {
			user, pass, _ := r.BasicAuth()
			if user == "worker" && pass == "new" {
				return false
			}
			write("new\n")
			rw.WriteHeader(http.StatusUnauthorized)
			return true
		})
		if _, err := w.client.Schema(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
		if n := w.asked(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

func TestRedirectsDoNotCarryThePassword(t *testing.T) {
	cfg := config()
	cfg.Username, cfg.Password = "worker", password("hunter2")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, cfg)
		w.seed("points-value", 1, 7, pointSchema)
		n := 0
		w.answers(func(rw http.ResponseWriter, r *http.Request) bool {
			if n++; n > 3 {
				return false
			}
			rw.Header().Set("Location", "http://elsewhere.test/")
			rw.WriteHeader(http.StatusTemporaryRedirect)
			return true
		})
		if _, err := w.client.Schema(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
		for _, r := range w.requests {
			if strings.Contains(r, "elsewhere") {
				t.Errorf("asked %q", r)
			}
		}
		if strings.Contains(w.logged(), "hunter2") {
			t.Error("the log holds the password")
		}
	})
}

func TestVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.seed("points-value", 1, 7, pointSchema)
		w.seed("points-value", 4, 9, `{"type":"record","name":"Point","namespace":"geo","fields":[{"name":"x","type":"int"},{"name":"y","type":["null","int"]}]}`)
		w.registry.SeedSchema("points-value", 3, 8, sr.Schema{Schema: `{}`, Type: sr.TypeJSON})
		got, err := w.client.Versions(t.Context(), "points-value")
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 3 || got[0].Name() != "subject points-value version 1 (id 7)" || got[2].ID != 9 {
			t.Fatalf("versions %+v", got)
		}
		if got[1].Err == nil || got[1].Shape != nil || !strings.Contains(got[1].Err.Error(), "JSON") {
			t.Errorf("version 3: %+v, want an error about JSON", got[1])
		}
		if n := len(got[2].Shape.Fields); n != 2 {
			t.Errorf("version 4 has %d fields, want 2", n)
		}
		if _, err := w.client.Versions(t.Context(), "nowhere"); !errors.Is(err, ErrUnknownSubject) {
			t.Errorf("error %v, want ErrUnknownSubject", err)
		}
	})
}

func ExampleClient_Schema() {
	client, err := New(Config{URLs: []string{"http://localhost:8081"}, Timeout: time.Second}, Deps{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	_, err = client.Schema(context.Background(), -1)
	fmt.Println(err)
	// Output: unknown_schema: the schema registry does not know schema id -1
}
