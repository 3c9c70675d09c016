// Package settings is the one typed registry of what an administrator can set
// for the whole instance: each setting has a name, a kind, a default and
// limits, and its value comes from the database, else from the environment,
// else it is the default. It imports app, app/audit and the standard library.
package settings
