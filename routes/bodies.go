package routes

import (
	"bytes"

	"github.com/golang-jwt/jwt/v5"
	"github.com/valyala/fasthttp"

	"github.com/quillium/quillium/controllers"
)

// strangersBody is the most that somebody may send who has not shown an access
// token: enough to sign in or to register. fasthttp reads a body whole before
// any handler asks who it is from, so this is where memory is protected.
const strangersBody = 16 << 10

// bodies decides, from the headers alone, how large a body may be. Whose token
// has a good signature may send as much as most says then; whether that token
// has run out is for later, so that its owner is told so.
func bodies(keys jwt.Keyfunc, most func() int) func(*fasthttp.RequestHeader) fasthttp.RequestConfig {
	parser := jwt.NewParser(jwt.WithoutClaimsValidation())
	return func(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
		length := header.ContentLength()
		if length >= 0 && length <= strangersBody {
			return fasthttp.RequestConfig{}
		}
		token, is := bytes.CutPrefix(header.Peek(fasthttp.HeaderAuthorization), []byte("Bearer "))
		if !is {
			token = header.Cookie(controllers.AccessCookieName)
		}
		if len(token) > 0 && keys != nil {
			if _, err := parser.ParseWithClaims(string(token), jwt.MapClaims{}, keys); err == nil {
				return fasthttp.RequestConfig{MaxRequestBodySize: most()}
			}
		}
		return fasthttp.RequestConfig{MaxRequestBodySize: strangersBody}
	}
}
