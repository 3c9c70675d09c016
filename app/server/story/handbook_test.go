package story

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/docs"
	"github.com/quillium/quillium/repositories/pgtest"
)

// marked is a block of a page that runs: ```sh runnable or ```js runnable.
var marked = regexp.MustCompile("(?ms)^```(sh|js) runnable\n(.*?)^```$")

// script is what a reader of the page does: the commands in order, each
// program saved under the name that the page gives it.
func script(page string) string {
	var out strings.Builder
	out.WriteString("set -euo pipefail\n")
	for _, block := range marked.FindAllStringSubmatch(page, -1) {
		if block[1] == "js" {
			out.WriteString("cat > client.mjs <<'END OF THE PROGRAM'\n" + block[2] + "END OF THE PROGRAM\n")
			continue
		}
		out.WriteString(block[2])
	}
	return out.String()
}

// follow runs the blocks of a page in a shell, beside a server of its own,
// where curl says what is refused.
func follow(t *testing.T, page string) string {
	t.Helper()
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t))
	p.start()
	if !strings.Contains(page, "/auth/register") {
		p.join("ada")
	}
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, ".curlrc"), []byte("silent\nshow-error\nfail-with-body\n"), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-c", strings.ReplaceAll(script(page), "127.0.0.1:8787", p.address()))
	shell.Dir, shell.Env = folder, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "CURL_HOME=" + folder}
	out, err := shell.CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// Whoever types what the handbook says gets what it says.
func TestRunnableBlocks(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(docs.Files(), "*.md")
	require.NoError(t, err)
	ran := map[string]bool{}
	for _, name := range names {
		text, err := fs.ReadFile(docs.Files(), name)
		require.NoError(t, err)
		page := string(text)
		blocks := len(marked.FindAllString(page, -1))
		require.Equal(t, strings.Count(page, " runnable\n"), blocks, "every mark of %s is one", name)
		if blocks == 0 {
			continue
		}
		ran[name] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := follow(t, page)
			if name == "socket.md" {
				require.Contains(t, out, "chat server", "the small client prints the answer")
			}
		})
	}
	require.True(t, ran["api.md"] && ran["socket.md"])
}

func TestScript(t *testing.T) {
	t.Parallel()
	page := "# A\n\n```sh\nnever\n```\n\n```sh runnable\none\ntwo\n```\n\n```js runnable\nlet x;\n```\n"
	require.Equal(t, "set -euo pipefail\none\ntwo\ncat > client.mjs <<'END OF THE PROGRAM'\nlet x;\nEND OF THE PROGRAM\n", script(page))
}
