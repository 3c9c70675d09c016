package routes

import (
	"math"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/controllers"
)

// Bucket is a rule and whom it counts.
type Bucket struct {
	Rule limit.Rule
	key  func(c *fiber.Ctx) string
}

func perAddress(rule limit.Rule) Bucket { return Bucket{rule, addressKey} }

func perUser(rule limit.Rule) Bucket { return Bucket{rule, userKey} }

func addressKey(c *fiber.Ctx) string { return bucketOf(controllers.ActorOf(c).IP) }

// userKey is the address for who is not signed in.
func userKey(c *fiber.Ctx) string {
	if user := controllers.ActorOf(c).UserID; user != "" {
		return string(user)
	}
	return addressKey(c)
}

// limited takes one from each bucket; headers tell about the tightest.
func limited(limiter *limit.Limiter, buckets []Bucket) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := take(c, limiter, buckets); err != nil {
			return err
		}
		return c.Next()
	}
}

// take is limited for what is found out only on the way; rate_limited where a
// bucket is empty.
func take(c *fiber.Ctx, limiter *limit.Limiter, buckets []Bucket) error {
	tightest := limit.Verdict{Allowed: true, Remaining: math.MaxInt}
	for _, bucket := range buckets {
		verdict := limiter.Take(bucket.Rule, bucket.key(c))
		if !verdict.Allowed || verdict.Remaining < tightest.Remaining {
			tightest = verdict
		}
		if !verdict.Allowed {
			break
		}
	}
	c.Set("X-RateLimit-Limit", strconv.Itoa(tightest.Limit))
	c.Set("X-RateLimit-Remaining", strconv.Itoa(tightest.Remaining))
	c.Set("X-RateLimit-Reset", seconds(tightest.Reset))
	if !tightest.Allowed {
		return &app.Error{Code: app.CodeRateLimited, Message: app.ErrRateLimited.Message, RetryAfter: tightest.Retry}
	}
	return nil
}

func seconds(of time.Duration) string { return strconv.Itoa(int(math.Ceil(of.Seconds()))) }
