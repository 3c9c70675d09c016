package controllers

import "github.com/gofiber/fiber/v2"

// ContractController serves the contract of the API.
type ContractController struct{ document string }

// NewContractController serves this OpenAPI document.
func NewContractController(document string) *ContractController {
	return &ContractController{document: document}
}

// Get answers with the document, in YAML.
func (k *ContractController) Get(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "application/yaml")
	return c.SendString(k.document)
}
