// Package settings is the one typed registry of what an administrator can set
// for the whole instance: each setting has a name, a kind, a default and
// limits, and its value comes from the environment, else from the database,
// else it is the default. Readers get it from memory, which follows every
// change on every node. It imports app, app/audit, app/picture, app/rule and
// the standard library.
package settings
