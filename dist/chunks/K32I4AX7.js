
import{a}from"./W3RCCTKI.js";import"./WZS2JRPK.js";export{a as action};
