package public

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestFiles(t *testing.T) {
	t.Parallel()
	files, err := New()
	require.NoError(t, err)

	t.Run("an asset under its tree's hash may be kept for ever", func(t *testing.T) {
		t.Parallel()
		file, cache, ok := files.Find(files.URL("js/app.js"))
		require.True(t, ok)
		require.Equal(t, CacheForever, cache)
		require.Equal(t, "text/javascript; charset=utf-8", file.ContentType)
	})

	t.Run("under another version's hash it is served, and not kept", func(t *testing.T) {
		t.Parallel()
		_, cache, ok := files.Find("/assets/000000000000/js/app.js")
		require.True(t, ok)
		require.Equal(t, CacheNever, cache)
	})

	t.Run("what is not there, or spelt in another way, is not found", func(t *testing.T) {
		t.Parallel()
		for _, url := range []string{
			"/assets/", "/assets/x", "/assets//js/app.js", files.URL(""), files.URL("js"), files.URL("js/"),
			files.URL("js//app.js"), files.URL("js/../js/app.js"), files.URL("./js/app.js"), files.URL("js/app.js/"),
			files.URL("openapi.yaml"), files.URL("public.go"), files.URL("tests/room.test.mjs"), "js/app.js",
		} {
			_, _, ok := files.Find(url)
			require.False(t, ok, url)
		}
	})

	t.Run("the hash changes with any file's name or content", func(t *testing.T) {
		t.Parallel()
		base := func(name, content string) string {
			files, err := load(fstest.MapFS{name: {Data: []byte(content)}})
			require.NoError(t, err)
			return files.Base()
		}
		require.Equal(t, base("a.js", "1"), base("a.js", "1"))
		require.NotEqual(t, base("a.js", "1"), base("a.js", "2"))
		require.NotEqual(t, base("a.js", "1"), base("b.js", "1"))
	})

	t.Run("a file of an unknown kind stops the start", func(t *testing.T) {
		t.Parallel()
		_, err := load(fstest.MapFS{"x.exe": {Data: []byte("MZ")}})
		require.ErrorContains(t, err, "x.exe")
	})

	t.Run("compressed it is the same text, and where that saves nothing it is not", func(t *testing.T) {
		t.Parallel()
		file, _, _ := files.Find(files.URL("vendor/marked.js"))
		require.Less(t, len(file.Gzip()), len(file.Body)/2)
		reader, err := gzip.NewReader(bytes.NewReader(file.Gzip()))
		require.NoError(t, err)
		plain, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.True(t, bytes.Equal(file.Body, plain))

		tiny, err := newFile("a.js", []byte("1"))
		require.NoError(t, err)
		require.Nil(t, tiny.Gzip())
	})

	t.Run("a text is given by name", func(t *testing.T) {
		t.Parallel()
		require.Contains(t, files.Text("icons.svg"), "<symbol")
		require.Empty(t, files.Text("nothing"))
	})
}

// sources reads every file of ours (not the vendored ones) of this extension.
func sources(t *testing.T, ext string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	require.NoError(t, fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ext) || strings.HasPrefix(name, "vendor/") {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		texts[name] = string(text)
		return err
	}))
	require.NotEmpty(t, texts)
	return texts
}

func TestTheTreeFitsTogether(t *testing.T) {
	t.Parallel()
	files, err := New()
	require.NoError(t, err)

	t.Run("every module that is imported is there", func(t *testing.T) {
		t.Parallel()
		imports := regexp.MustCompile(`(?:from |import\()'(\.\.?/[^']+)'`)
		for name, text := range sources(t, ".js") {
			for _, match := range imports.FindAllStringSubmatch(text, -1) {
				target := strings.TrimPrefix(strings.Replace(match[1], "./", "js/", 1), ".js/")
				if rest, up := strings.CutPrefix(match[1], "../"); up {
					target = rest
				}
				require.NotEmpty(t, files.Text(target), "%s imports %s", name, match[1])
			}
		}
	})

	t.Run("every icon that is named is in the sprite", func(t *testing.T) {
		t.Parallel()
		sprite := files.Text("icons.svg")
		used := regexp.MustCompile(`icon(?:\(|: )'([a-z0-9-]+)'`)
		for name, text := range sources(t, ".js") {
			for _, match := range used.FindAllStringSubmatch(text, -1) {
				require.Contains(t, sprite, `id="i-`+match[1]+`"`, name)
			}
		}
	})

	t.Run("no rule is shouted, and no sheet or module reaches another host", func(t *testing.T) {
		t.Parallel()
		for name, text := range sources(t, ".css") {
			require.NotContains(t, text, "!important", name)
			require.NotContains(t, text, "://", name)
		}
		for name, text := range sources(t, ".js") {
			require.NotRegexp(t, `(?:from|import\() *['"]https?:`, name, text)
		}
	})

	t.Run("every vendored library has its licence beside it", func(t *testing.T) {
		t.Parallel()
		names, err := fs.Glob(tree, "vendor/*.js")
		require.NoError(t, err)
		require.Len(t, names, 4)
		for _, name := range names {
			require.NotEmpty(t, files.Text(strings.TrimSuffix(name, ".js")+".LICENSE"), name)
		}
	})
}

// The client's own tests run in node, which is there wherever npm is.
func TestClient(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "node", "--test", "tests/").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Regexp(t, `# pass [1-9]`, string(out))
	require.Contains(t, string(out), "# fail 0")
}
