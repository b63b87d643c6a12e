// The pages that need no script take the theme from it where there is one.

import { dress } from "./theme.js";

dress();
