
import{a}from"./U3QODC3P.js";import"./LZ272WKP.js";import"./TOQXDTQM.js";import"./NJBNAMH7.js";import"./2YUQPWIK.js";import"./2UL3AUTK.js";import"./MCO55AWW.js";import"./H2LJ66GH.js";import"./ADVJYZVM.js";import"./WZS2JRPK.js";export{a as createRunAction};
