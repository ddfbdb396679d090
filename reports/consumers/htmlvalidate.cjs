// Standards, structure of a whole document and accessibility; see html-validate.org/rules.
module.exports = {
  root: true,
  extends: ["html-validate:recommended", "html-validate:document", "html-validate:a11y"],
  rules: {
    // The title is the verdict's line. Search engines cut titles at 70 characters; a report has no such reader.
    "long-title": "off",
    // Inside <pre> it is what a worker wrote to its stderr.
    "no-trailing-whitespace": "off",
  },
};
