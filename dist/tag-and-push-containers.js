
import{a as i}from"./chunks/W3RCCTKI.js";import{Z as o}from"./chunks/WZS2JRPK.js";await o(i);
