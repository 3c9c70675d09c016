package limit

import "time"

// The rules that hold unless RATE_LIMIT is off.
var (
	// SignIn is for each account from each address, SignInAddress for an
	// address alone: one stops guessing one password, the other guessing one
	// password for many accounts.
	SignIn        = Rule{Name: "sign-in", Times: 10, Per: time.Minute}
	SignInAddress = Rule{Name: "sign-in-address", Times: 60, Per: time.Minute}
	// Register, Refresh and Upgrade are for each address.
	Register = Rule{Name: "register", Times: 10, Per: time.Hour}
	Refresh  = Rule{Name: "refresh", Times: 60, Per: time.Minute}
	Upgrade  = Rule{Name: "upgrade", Times: 120, Per: time.Minute}
	// Invites is for each address, AddByEmail for each user: neither lets
	// anybody find out by trying who is here.
	Invites    = Rule{Name: "invites", Times: 30, Per: time.Minute}
	AddByEmail = Rule{Name: "members", Times: 30, Per: time.Hour}
	// API, Messages, Forks and Searches are for each user, API for each address
	// where nobody is signed in.
	API      = Rule{Name: "api", Times: 600, Per: time.Minute}
	Messages = Rule{Name: "messages", Times: 60, Per: time.Minute}
	Forks    = Rule{Name: "forks", Times: 10, Per: time.Hour}
	Searches = Rule{Name: "searches", Times: 120, Per: time.Minute}
	// ProviderTests is for each administrator: one asks a model, which may cost.
	ProviderTests = Rule{Name: "provider-tests", Times: 20, Per: time.Minute}
)
