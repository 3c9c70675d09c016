package guide

import "strings"

// vocabulary is what the guide knows about English and about its own field.
type vocabulary struct {
	stop      map[string]bool
	particles map[string]bool
	irregular map[string]string
	synonyms  map[string]string
	phrases   map[[2]string]string
}

const ignored = `a an the is are was were be been being am isn aren wasn do does did doing don doesn didn how what
when where which who whom whose why can could cannot should would will shall may might must i me my mine myself you
your yours we our us they them their he she his her it its this that these those to of at for from with by as if or
and but not so than then there here have has had having get gets got want wants wanted please thanks thank tell explain about
into just also very really any some something anything every each much many whether because ve ll re im one ones
let lets use uses used using hi hello hey good morning afternoon evening help say says support supports supported mean means s t`

// particles matter only in phrases ("sign in") and are dropped elsewhere.
const particles = `in on up out off down again`

// irregulars are forms that trimming an ending does not bring together.
const irregulars = `broke:break broken:break lost:lose losing:lose loss:lose forgot:forget forgotten:forget
sent:send kept:keep written:write wrote:write built:build chosen:choose chose:choose made:make making:make
ran:run went:go goes:go gone:go said:say told:tell found:find held:hold began:start begun:start
died:die dying:die dies:die people:person quit:stop stored:store storage:store saved:save saving:save
protected:protect windows:mswindows settings:configure setting:configure deletion:delete speed:fast`

// synonyms: each line is one idea, named by its first word.
const synonymGroups = `model llm ai gpt chatgpt
signin login logon signon
signup register registration enroll
signout logout logoff
configure configuration config option environment env preference
password passwd passphrase pwd passcode
admin administrator superuser administration
postgres postgresql psql
database db
socket websocket ws
delete remove erase wipe destroy
stop cancel abort halt
regenerate retry redo
start begin launch boot
fail failure error problem fault wrong
update upgrade
restore recover recovery
https tls ssl certificate
licence license
memory ram
image picture photo
file upload attachment attach document pdf
phone mobile smartphone iphone android tablet
person friend colleague coworker teammate team somebody someone
share invite invitation collaborate
docker container kubernetes podman
proxy nginx caddy traefik apache
cost price pay money
crash die
slow latency lag
metric prometheus monitor grafana
mail email smtp
sso oauth oidc saml ldap
twofactor 2fa mfa totp
fast quick speed
install installation
change modify
rename retitle
encrypt encryption encrypted
store save keep
secure security safe
break disconnect drop lose
gpu cuda nvidia
need require requirement prerequisite
anthropic claude
reach access
disk storage space`

const phrases = `sign in:signin log in:signin log on:signin sign on:signin sign up:signup sign out:signout
log out:signout log off:signout set up:setup configure up:setup back up:backup language model:model
web socket:socket lm studio:lmstudio llama cpp:llamacpp open router:openrouter graphic card:gpu
two factor:twofactor second factor:twofactor try again:regenerate single sign:sso v llm:vllm
start up:start shut down:shutdown open ai:openai post gre:postgres user name:username`

// newVocabulary builds the tables once for each guide: no globals.
func newVocabulary() *vocabulary {
	v := &vocabulary{
		stop:      set(ignored),
		particles: set(particles),
		irregular: map[string]string{},
		synonyms:  map[string]string{},
		phrases:   map[[2]string]string{},
	}
	for pair := range strings.FieldsSeq(irregulars) {
		form, base, _ := strings.Cut(pair, ":")
		v.irregular[form] = base
	}
	for group := range strings.Lines(synonymGroups) {
		words := strings.Fields(group)
		for _, word := range words {
			v.synonyms[stem(word)] = stem(words[0])
		}
	}
	v.addPhrases()
	return v
}

func (v *vocabulary) addPhrases() {
	fields := strings.Fields(phrases)
	for i := 0; i+1 < len(fields); i += 2 {
		second, both, _ := strings.Cut(fields[i+1], ":")
		v.phrases[[2]string{v.one(fields[i]), v.one(second)}] = v.one(both)
	}
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}
