// The pages that need no script take the theme from it where there is one.

import { applyTheme } from "./theme.js";

applyTheme();
