/**
 * The first script of a page: its language, then what the page does (`data-main` of this script's element), which has the texts from
 * its first line on.
 */

import { missed } from "./later.js";
import { startLanguage } from "./language.js";

const { dataset } = /** @type {HTMLElement} */ (document.querySelector("script[data-main]"));
startLanguage()
  .then(() => import(`./${dataset.main}`))
  .then(() => (document.documentElement.dataset.started = ""))
  .catch(missed);
