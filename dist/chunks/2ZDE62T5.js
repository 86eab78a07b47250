import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./RN6ET2VB.js";import"./QOI4OZTL.js";import"./SQLJUXIC.js";import"./GFHQZGPY.js";import"./TWV5DIDJ.js";import"./Z6UGIGV6.js";import"./BYPBO5JU.js";import"./KT3J7JOM.js";export{a as createRunAction};
