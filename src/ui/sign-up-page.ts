/** The plain page at `/`: signs a person up and shows the lines to paste, or signs one in. No outside resource, no framework. */
export const signUpPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slipway</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }
  label { display: block; margin: 1rem 0; }
  input { display: block; width: 100%; box-sizing: border-box; padding: .5rem; font: inherit; }
  button { padding: .5rem 1.5rem; font: inherit; cursor: pointer; }
  pre { padding: 1rem; overflow-x: auto; border: 1px solid; border-radius: .25rem; }
  [role=alert] { color: #c33; }
</style>
</head>
<body>
<h1>Slipway</h1>
<p>A deployment service that speaks the Prefect API. Sign up, paste a few lines, and use the <code>prefect</code> command as you know it.</p>
<form id="form">
  <label>Email address <input name="email" type="email" autocomplete="email" required></label>
  <label>Password (8 characters or more) <input name="password" type="password" autocomplete="new-password" minlength="8" maxlength="200" required></label>
  <label>Workspace name <input name="workspace" value="default" maxlength="100" required></label>
  <button>Sign up</button>
  <p role="alert" id="error"></p>
</form>
<section id="known">
  <h2>Signed up already?</h2>
  <form id="signin">
    <label>Email address <input name="email" type="email" autocomplete="username" required></label>
    <label>Password <input name="password" type="password" autocomplete="current-password" maxlength="200" required></label>
    <button>Sign in</button>
    <p role="alert" id="signin-error"></p>
  </form>
</section>
<section id="signed-in" hidden>
  <p>You are signed in as <strong id="who"></strong>.</p>
  <button id="signout">Sign out</button>
</section>
<section id="done" hidden>
  <h2>Welcome</h2>
  <p>Paste these lines. The key is shown this once: keep it.</p>
  <pre id="lines"></pre>
</section>
<script>
  const element = (id) => document.getElementById(id);
  const onSubmit = (form, path, error, done) =>
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      error.textContent = "";
      const response = await fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(Object.fromEntries(new FormData(form))),
      });
      const answer = await response.json();
      if (response.ok) return done(answer);
      error.textContent = answer.detail ?? (answer.exception_detail ?? []).map((place) => place.loc.at(-1) + ": " + place.msg).join("; ");
    });
  const showSignedIn = (answer) => {
    element("who").textContent = answer.account.name + ", workspace " + answer.workspace.name;
    element("form").hidden = element("known").hidden = true;
    element("signed-in").hidden = false;
  };
  onSubmit(element("signin"), "/signin", element("signin-error"), showSignedIn);
  element("signout").addEventListener("click", async () => {
    await fetch("/signout", { method: "POST" });
    location.reload();
  });
  onSubmit(element("form"), "/signup", element("error"), (answer) => {
    element("lines").textContent =
      'prefect config set PREFECT_API_URL="' + answer.api_url + '"\\nprefect config set PREFECT_API_KEY="' + answer.api_key + '"' +
      '\\nprefect config set PREFECT_DEFAULT_RESULT_STORAGE_BLOCK="' + answer.default_result_storage_block + '"' +
      '\\nexport AWS_ENDPOINT_URL="' + answer.aws_endpoint_url + '"';
    showSignedIn(answer);
    element("done").hidden = false;
  });
</script>
</body>
</html>
`;
