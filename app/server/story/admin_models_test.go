package story

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/llm/llmtest"
)

// console signs the administrator of setUp in at the console and opens a page.
func (b tab) console(server, path string) {
	b.t.Helper()
	b.open(server + "/admin/sign-in?next=" + path)
	b.do(
		chromedp.SendKeys(chromedp.CSS("#f-email"), "ada@example.org"),
		chromedp.SendKeys(chromedp.CSS("#f-password"), "correct horse battery"+kb.Enter),
	)
	b.eventually(`location.pathname === "`+path+`"`, "the console is open")
}

// follow clicks a button or link of the console by its words.
func (b tab) follow(words string) {
	b.t.Helper()
	found := `[...document.querySelectorAll("main button, main a")].find((e) => e.innerText.trim() === "` + words + `")`
	b.eventually(`Boolean(`+found+`)`, words+" is there")
	eval[string](b, found+`.click(); ""`)
}

// enter puts a text into a field of a form of the console.
func (b tab) enter(field, text string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS("#f-"+field), text))
}

// Whoever went on without models at the set-up adds a provider later, tries it
// first, and names one of its models.
func TestAdministratorAddsAProvider(t *testing.T) {
	t.Parallel()
	models := llmtest.Aimock(t) + "/v1"
	link := newServer(t, silent(t), at(t, newEndpoint(t, 5, 0).URL, "vLLM"))
	server, _, _ := strings.Cut(link, "/setup")
	b, a := newBrowser(t), newAxe(t)
	b.setUp(link)
	b.do(chromedp.Click(chromedp.CSS("#setup-models > a.button")))
	b.eventually(`location.pathname === "/"`, "he went on without models")

	b.console(server, "/admin/models")
	b.eventually(`document.querySelector("main")?.textContent.includes("No provider is connected")`, "it says what is missing")
	require.Contains(t, eval[string](b, `document.querySelector(".found").textContent`), "words", "what was found at the set-up is offered still")
	a.accepts(b, "no provider")

	b.do(chromedp.Click(chromedp.CSS(".admin-title a.button")))
	b.eventually(`document.querySelector("#f-base_url")?.value === "http://127.0.0.1:11434/v1"`, "the form has the address of the first kind")
	b.follow("Other")
	b.eventually(`document.querySelector("#f-base_url")?.value === ""`, "and of any")
	b.enter("name", "Mock")
	b.enter("base_url", "http://127.0.0.1:9/v1")
	b.enter("key", "sk-anything")
	b.follow("Test connection")
	b.eventually(`document.querySelector("#trial").textContent.includes("Nothing listens on port 9")`, "the step that failed says why")
	require.Equal(t, "sk-anything", eval[string](b, `document.querySelector("#f-key").value`), "what was typed stays")
	a.accepts(b, "a test that failed")
	b.enter("base_url", models)
	b.follow("Test connection")
	b.eventually(`document.querySelector("#trial").textContent.includes("it did not refuse") || document.querySelectorAll("#trial .badge.good").length >= 4`, "the steps went well")
	require.Equal(t, "/admin/models", eval[string](b, "location.pathname"), "a reload shows the page again")
	b.follow("Add")
	b.eventually(`document.querySelector(".admin-done")?.textContent.includes("is added")`, "it is added")
	b.follow("Fetch its list of models now")
	b.eventually(`document.querySelector(".admin-done")?.textContent.includes("up to date")`, "its list is here")
	a.accepts(b, "a provider")

	b.open(server + "/admin/models?add=Other")
	b.enter("name", strings.Repeat("A provider with a long name ", 2))
	b.enter("base_url", manyModels(t))
	b.follow("Add")
	b.follow("Fetch its list of models now")
	b.eventually(`document.querySelectorAll("#models tbody tr").length === 100`, "a page of models")
	a.accepts(b, "many models")
	b.open(server + "/admin/models")
	b.do(chromedp.Click(chromedp.CSS(`#models .row-link`)))
	b.eventually(`Boolean(document.querySelector("#f-model_id"))`, "the panel of a model is open")
	b.enter("name", "The Mock")
	b.enter("aliases", "speed")
	b.enter("input_price", "cheap")
	b.follow("Save")
	b.eventually(`Boolean(document.querySelector(".field-error"))`, "what cannot be is told beside it")
	require.Equal(t, "speed", eval[string](b, `document.querySelector("#f-aliases").value`))
	require.Equal(t, "/admin/models", eval[string](b, "location.pathname"))
	a.accepts(b, "a model that was refused")
	b.enter("input_price", "0.15")
	b.follow("Save")
	b.eventually(`document.querySelector(".admin-done")?.textContent.includes("is saved")`, "it is saved")
	require.Contains(t, eval[string](b, `document.querySelector("tr.open").textContent`), "speed")

	b.open(server + "/")
	b.eventually(`document.querySelector("#model-name")?.textContent === "The Mock"`, "the chat asks it by its new name")
}

// manyModels is an endpoint with a list of 200 models, whose names are long.
func manyModels(t *testing.T) string {
	t.Helper()
	list := object{"object": "list"}
	var models []object
	for n := range 200 {
		models = append(models, object{"id": fmt.Sprintf("organisation/%s-%d", strings.Repeat("long-name-", 8), n)})
	}
	list["data"] = models
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(list) }))
	t.Cleanup(server.Close)
	return server.URL
}
