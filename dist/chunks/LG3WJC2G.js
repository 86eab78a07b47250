
import{A as a,B as b,C as c}from"./I7GSVISO.js";import"./H2LJ66GH.js";import"./WZS2JRPK.js";export{b as policyFileSchema,a as policyFolderSchema,c as policyJsonSchema};
