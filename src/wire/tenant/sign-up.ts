import { z } from "@hono/zod-openapi";
import { field, text } from "../prefect/model.ts";

const EMAIL = /^[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+$/;
/** Longer passwords only cost time to hash. */
const MAX_PASSWORD = 200;

const email = field<string>(
  (value, fail) =>
    typeof value === "string" && value.length <= 254 && EMAIL.test(value.trim())
      ? value.trim()
      : fail("value is not a valid email address", "value_error.email"),
  { type: "string", format: "email" },
);

/** The body of POST /signup. */
export const SignUpBody = z
  .strictObject({
    email,
    password: text({ minLength: 8, maxLength: MAX_PASSWORD }),
    workspace: text({ minLength: 1, maxLength: 100 }).nullable().optional(),
  })
  .openapi("SignUp");

const Named = z.object({ id: z.string(), name: z.string() });

/** The answer of POST /signup; the key is shown this once. */
export const SignedUpBody = z
  .object({
    account: Named,
    workspace: Named,
    api_url: z.string(),
    api_key: z.string(),
    /** What PREFECT_DEFAULT_RESULT_STORAGE_BLOCK is to be, and AWS_ENDPOINT_URL for the blocks that have no place for it. */
    default_result_storage_block: z.string(),
    aws_endpoint_url: z.string(),
  })
  .openapi("SignedUp");

/** The settings of the file storage, for the address that people use. */
export const storageSettings = (base: string, storageUrl: string | null) => ({
  default_result_storage_block: "remote-file-system/default",
  aws_endpoint_url: storageUrl ?? `${base}/s3`,
});

/** The body of POST /signin. */
export const SignInBody = z.strictObject({ email, password: text({ maxLength: MAX_PASSWORD }) }).openapi("SignIn");

/** The answer of POST /signin; the session is in its cookie. */
export const SignedInBody = z.object({ account: Named, workspace: Named }).openapi("SignedIn");
